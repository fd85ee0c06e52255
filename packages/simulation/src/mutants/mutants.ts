import type { Kind } from './first-broken.ts'

/** A small change of one source file. */
export interface Patch {
  /** From the folder of all packages. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly replace: string
}

/** The source as an author might have left it who forgot one rule. */
export interface Mutant {
  readonly rule: string
  readonly what: string
  readonly patches: readonly Patch[]
  /** What shows it, if not a run. */
  readonly seen?: Kind
}

const engine = (name: string) => `core/src/engine/${name}.ts`
const machine = (name: string) => `core/src/machine/${name}.ts`
const leased = (name: string) => `core/src/session/leased/${name}.ts`
const store = (name: string) => `core/src/store/${name}.ts`

/**
 * The rules that close an interleaving each, and how each looks when it was forgotten. Not here, for no small patch takes them
 * out: that signals are unordered and never stored (there is nothing that would order or store them), that timers are clamped
 * (no run is that long), that projections never go back (they are the application's), and that a step of the store's clock
 * forward begins a hold-off at the node that measures it: the renewal that follows within milliseconds brings the store's own.
 */
export const MUTANTS: readonly Mutant[] = [
  {
    rule: 'atomic kill',
    what: 'a node found dead is killed only once its users were swept',
    patches: [
      {
        file: store('memory-nodes'),
        find: 'const node = nodeOf(nodeId)\n        node.killed = true',
        replace: 'const node = nodeOf(nodeId)',
      },
    ],
  },
  {
    rule: 'atomic kill',
    what: 'a renewal brings a killed node back to life',
    patches: [
      {
        file: store('memory-nodes'),
        find: 'if (!node.killed) {',
        replace: 'node.killed = false\n      if (!node.killed) {',
      },
    ],
  },
  {
    rule: 'dead nodes from the index',
    what: 'a node that was swept is never looked for again, whatever the index comes to name',
    patches: [
      {
        file: store('memory-nodes'),
        find: 'if (node.killed || node.until <= now)',
        replace: 'if (node.until < Number.POSITIVE_INFINITY && (node.killed || node.until <= now))',
      },
      {
        file: store('memory-nodes'),
        find: 'node.until = Math.max(node.until, renewedAt)',
        replace: 'node.until = node.users === 0 ? Number.POSITIVE_INFINITY : Math.max(node.until, renewedAt)',
      },
    ],
  },
  {
    rule: 'fence before each write',
    what: 'the lease is looked at before a batch is read, and not again before it is written',
    patches: [{ file: engine('ledger'), find: 'if (!lease.mayWrite()) return false', replace: '' }],
  },
  {
    rule: 'fence before each write',
    what: 'a lease counts from when the renewal was answered',
    patches: [
      {
        file: engine('lease'),
        find: 'if (renewed === null || sent.monotonic > renewed.monotonic) renewed = sent',
        replace: 'renewed = moment()',
      },
    ],
  },
  {
    rule: 'fence before each write',
    what: 'a node writes until it is told that its lease is over',
    patches: [{ file: engine('lease'), find: 'lease.age() < nodeLeaseMs * (1 - SLACK)', replace: 'true' }],
  },
  {
    rule: 'hold-off',
    what: 'the store begins no hold-off when nobody renewed for long',
    patches: [
      {
        file: store('memory-nodes'),
        find: 'if (renewedAt > 0 && now - renewedAt >= afterMs)',
        replace: 'if (renewedAt < 0)',
      },
    ],
  },
  {
    rule: 'hold-off',
    what: 'a hold-off keeps nodes alive, but losses and leases end',
    patches: [
      { file: machine('deadlines'), find: "if (!holdsOff) consider(next, 'loss'", replace: "consider(next, 'loss'" },
      { file: machine('deadlines'), find: 'if (lease !== null && !holdsOff)', replace: 'if (lease !== null)' },
      { file: engine('sweeper'), find: '&& lease.holdOffUntil() === 0', replace: '' },
    ],
  },
  {
    rule: 'audit',
    what: 'nobody compares the digest of the index with what the node holds',
    patches: [{ file: engine('audit'), find: 'if (digest.equals(of)) {', replace: 'if (true) {' }],
  },
  {
    rule: 'audit',
    what: 'what the store has under the node and the node does not hold is left there',
    patches: [{ file: engine('connections'), find: "options.onUnheld(entry, id, 'lost')", replace: 'continue' }],
  },
  {
    rule: 'audit',
    what: 'where a connection stands is not compared, only whether it is there',
    patches: [
      {
        file: engine('connections'),
        find: '!standsWhere(handle.listener',
        replace: 'false && !standsWhere(handle.listener',
      },
    ],
  },
  {
    rule: 'restore',
    what: 'what a store lost of a user is forgotten, but for the connections',
    patches: [
      {
        file: engine('knowledge'),
        find: 'const restore = (entry: UserEntry, known: UserRecord): void => {',
        replace:
          'const restore = (entry: UserEntry, known: UserRecord | null): void => {\n    if (known !== null) return',
      },
    ],
  },
  {
    rule: 'revision',
    what: 'a revision is a counter of the record, which two writers can reach',
    patches: [
      {
        file: machine('seal'),
        find: 'return { ...next, rev: stamp.rev, epoch: before.epoch',
        replace: 'return { ...next, rev: String(before.version + 1), epoch: before.epoch',
      },
    ],
  },
  {
    rule: 'revision',
    what: 'a record created anew begins in the epoch it had',
    patches: [{ file: machine('seal'), find: 'Math.max(stamp.now, stamp.lastEpoch + 1, next.epoch)', replace: '1' }],
  },
  {
    rule: 'merge rule',
    what: 'a read wins over what the feed said while it was under way',
    patches: [
      { file: engine('rosters'), find: 'for (const { heard } of reading) heard.add(change.userId)', replace: '' },
    ],
  },
  {
    rule: 'merge rule',
    what: 'whom a read does not find stays in the roster',
    patches: [
      {
        file: engine('rosters'),
        find: 'for (const userId of absent)',
        replace: 'for (const userId of absent) if (false)',
      },
    ],
  },
  {
    rule: 'merge rule',
    what: 'of two changes the later delivered wins, not the newer',
    patches: [
      {
        file: engine('rosters'),
        find: 'const topics = sightings.hear(change)',
        replace: 'const topics = sightings.hear(change) ?? []',
      },
    ],
  },
  {
    rule: 'snapshot after pending diffs',
    what: 'a snapshot is cut while changes of its audience wait to be sent',
    patches: [{ file: engine('rosters'), find: 'flush(watch)\n          const diffs', replace: 'const diffs' }],
  },
  {
    rule: 'snapshot after pending diffs',
    what: 'a snapshot takes what is pending with it, unsent to those who watch already',
    patches: [
      {
        file: engine('rosters'),
        find: 'flush(watch)\n          const diffs',
        replace: 'watch.roster.cut()\n          const diffs',
      },
    ],
  },
  {
    rule: 'generation of sequences',
    what: 'changes are replayed for whatever generation they are asked for',
    patches: [{ file: engine('roster'), find: 'since.generation !== generation || ', replace: '' }],
  },
  {
    rule: 'generation of sequences',
    what: 'a topic has one generation at all nodes, for ever',
    patches: [
      {
        file: engine('rosters'),
        find: 'createRoster({ topic, audience }, options.randomId(),',
        replace: 'createRoster({ topic, audience }, topic,',
      },
    ],
  },
  {
    rule: 'ended marks',
    what: 'whoever ends a connection leaves no mark',
    patches: [
      {
        file: machine('ends'),
        find: 'draft.ended.length === 0 ? marks : draft.ended.concat(marks)',
        replace: 'draft.ended',
      },
    ],
  },
  {
    rule: 'ended marks',
    what: 'a connection from before a sign-out of its user may be announced',
    patches: [{ file: machine('connects'), find: 'if (openedAt < record.signedOutAt) return true', replace: '' }],
  },
  {
    rule: 'ended marks',
    what: 'what was done to a connection is not published to the node that holds it',
    patches: [{ file: machine('entries'), find: 'nodeId !== null && nodeId !== without', replace: 'false' }],
  },
  {
    rule: 'opens saved at once',
    what: 'an open that only its user could see waits like input',
    patches: [
      {
        file: engine('decide'),
        find: "return type === 'input' ||",
        replace: "return type === 'open' || type === 'input' ||",
      },
      {
        file: engine('decide'),
        find: 'urgent ||=\n    changes.length > 0 ||',
        replace:
          "urgent ||=\n    changes.some(({ cause, visibleTo }) => cause !== 'connect' || visibleTo === 'everyone') ||",
      },
      {
        file: engine('decide'),
        find: "    case 'beat':\n    case 'input':\n      return",
        replace:
          "    case 'open':\n      return ['open', event.opening.connectionId].join(' ')\n    case 'beat':\n    case 'input':\n      return",
      },
    ],
  },
  {
    rule: "holder's clocks",
    what: 'whoever sweeps decides that a connection held elsewhere is idle',
    patches: [
      { file: machine('deadlines'), find: 'if (lease === null && connection.nodeId !== self) continue', replace: '' },
    ],
  },
  {
    rule: 'announce not input',
    what: 'a connection that is announced counts as one with input',
    patches: [
      {
        file: engine('describe-held'),
        find: 'inputAt, lost: null, spaces: standing }',
        replace: "inputAt: node.time.now(), phase: 'active', lost: null, spaces: standing }",
      },
    ],
  },
  {
    rule: 'queue merged',
    what: 'while the store is away, the last thing that happened is kept of each user',
    patches: [
      { file: engine('outage'), find: 'return [...merged.values()]', replace: 'return [...merged.values()].slice(-1)' },
    ],
  },
  {
    rule: 'queue merged',
    what: 'of two words on one claim the later saved counts, not the later said',
    patches: [
      {
        file: machine('claims'),
        find: '(standing.at > at || diedWith(standing, connectionId, at))',
        replace: 'diedWith(standing, connectionId, at)',
      },
    ],
  },
  {
    rule: 'last word on privacy',
    what: 'of two words on who sees when a user was last seen the later saved counts, not the later said',
    patches: [
      {
        file: machine('claims'),
        find: 'if (at < lastSeenToAt || (at === lastSeenToAt && !isMorePrivate))',
        replace: 'if (at === lastSeenToAt && !isMorePrivate)',
      },
    ],
  },
  {
    rule: 'first loss wins',
    what: 'each loss of a lost connection sets its deadline anew',
    patches: [
      { file: machine('ends'), find: "if (connection.lost !== null) return 'unchanged'", replace: '' },
      {
        file: engine('held-connection'),
        find: 'if (!this.isLive && !isOpening) return',
        replace: "if (this.state === 'ended' || this.state === 'left') return",
      },
    ],
  },
  {
    rule: 'resume idempotent',
    what: 'a page that repeats a resume whose welcome it missed opens anew',
    patches: [
      {
        file: machine('connects'),
        find: 'return resume.hash === token.hash || (resume.used.includes(token.hash) && resume.instance === token.instance)',
        replace: 'return resume.hash === token.hash',
      },
    ],
  },
  {
    rule: 'topics before and after',
    what: 'a change is published only where the new state is seen',
    patches: [
      {
        file: machine('entries'),
        find: 'if (before !== null) addTopicsOf',
        replace: 'if (before !== null && after === null) addTopicsOf',
      },
    ],
  },
  {
    rule: 'feed echo',
    what: 'nobody minds that the feed has fallen silent',
    patches: [{ file: engine('echoes'), find: 'if (!isMissing) return', replace: 'if (!isMissing || true) return' }],
  },
  {
    rule: 'feed echo',
    what: 'an echo is missing once it is not there at the next renewal, and each gap is caught up with at once',
    patches: [
      {
        file: engine('echoes'),
        find: 'if (now - sentAt < withinMs) continue',
        replace: 'if (now === sentAt) continue',
      },
      { file: engine('node-life'), find: 'const CATCH_UP_APART_MS = 1000', replace: 'const CATCH_UP_APART_MS = 0' },
    ],
  },
  {
    rule: 'invisible leaves no trace',
    what: 'a change that an audience does not see moves its sequence',
    seen: 'twins',
    patches: [
      {
        file: engine('roster'),
        find: 'return pending.size > 0\n',
        replace: 'pending.add(userId)\n        return true\n',
      },
    ],
  },
  {
    rule: 'invisible leaves no trace',
    what: 'a signal passes whether or not its sender is seen in the space',
    seen: 'twins',
    patches: [{ file: engine('rosters'), find: '|| !roster.has(message.userId)', replace: '' }],
  },
  {
    rule: 'invisible leaves no trace',
    what: 'others see when a hidden user leaves',
    seen: 'twins',
    patches: [
      {
        file: machine('view'),
        find: 'return record.shown ?? record',
        replace: "return record.shown === null || record.status === 'offline' ? record : record.shown",
      },
    ],
  },
  {
    rule: 'bad record set aside',
    what: 'everybody waits while one record cannot be saved',
    patches: [
      {
        file: engine('save-queue'),
        find: 'if (!(await options.answers())) {',
        replace: 'if (!(await options.answers()) || batch.length > 0) {',
      },
    ],
  },
  {
    rule: 'bad record set aside',
    what: 'a sweep ends at the first user that fails',
    patches: [
      {
        file: engine('sweeper'),
        find: 'Promise.allSettled(tried.map((userId) => ledger.submit(ledger.users.entryOf(userId), event)))',
        replace:
          'Promise.all(tried.map((userId) => ledger.submit(ledger.users.entryOf(userId), event))).then((all) => all.map(() => ({ status: "fulfilled" })))',
      },
    ],
  },
  {
    rule: 'drain',
    what: 'what a node that stops holds counts as cut off',
    patches: [
      {
        file: engine('connections'),
        find: "ledger.submit(handle.entry, { type: 'drain',",
        replace: "ledger.submit(handle.entry, { type: 'lost',",
      },
    ],
  },
  {
    rule: 'drain',
    what: 'a node that stops does not wait until its connections are marked',
    patches: [
      {
        file: engine('node-life'),
        find: 'await withinDeadline(connections.drain().then(() => ledger.drained()))',
        replace: 'void withinDeadline(connections.drain().then(() => ledger.drained()))',
      },
    ],
  },
  {
    rule: 'no running values',
    what: 'who is present is shown as last seen when they last were',
    patches: [
      {
        file: machine('view'),
        find: 'permitted && !isPresent(state.status) && state.lastSeenAt > 0',
        replace: 'permitted && state.lastSeenAt > 0',
      },
    ],
  },
  {
    rule: 'no read advances',
    what: 'whoever reads a user is shown what time has brought meanwhile',
    patches: [
      {
        file: engine('reads'),
        find: 'viewOf(records[i] ?? null, userId, audience)',
        replace: 'viewOf(passed(records[i] ?? null, userId), userId, audience)',
      },
      {
        file: engine('reads'),
        find: 'const DEFAULT_PAGE = 50',
        replace:
          "const passed = (record: UserRecord | null, userId: string) =>\n  transition(record, { type: 'advance' }, Date.now(), { forgetAfterMs: 1e15 } as never, { userId, nodeId: null }).record\nconst DEFAULT_PAGE = 50",
      },
      {
        file: engine('reads'),
        find: 'import { type Audience, viewOf }',
        replace: 'import { type Audience, transition, type UserRecord, viewOf }',
      },
    ],
  },
  {
    rule: 'signals at most once',
    what: 'a signal is published again when it is not known whether it was',
    patches: [
      {
        file: engine('feed'),
        find: 'await running().publish(signal)\n',
        replace: 'await running().publish(signal).catch(() => running().publish(signal))\n',
      },
    ],
  },
  {
    rule: 'change at least once',
    what: 'of a save whose answer was lost the application is told nothing',
    patches: [
      {
        file: engine('knowledge'),
        find: 'options.onSaved({ entry, ...lost, after: record })\n      return',
        replace: 'return',
      },
    ],
  },
  {
    rule: 'change at least once',
    what: 'a change goes by the version it replaced',
    patches: [
      {
        file: engine('create-presence'),
        find: 'const { epoch, version } = after ??',
        replace: 'const { epoch, version } = before ?? after ??',
      },
    ],
  },
  {
    rule: 'store time',
    what: 'store time goes on with the wall clock of the machine',
    patches: [
      {
        file: engine('store-time'),
        find: 'const time = Math.floor(monotonic + offset)',
        replace: 'const time = Math.floor(clock.now() - wallOffset + offset)',
      },
    ],
  },
  {
    rule: 'store time',
    what: 'every sample counts, however long its answer took, and the last one most',
    patches: [
      {
        file: engine('store-time'),
        find: 'const MAX_ROUND_TRIP_MS = 1000',
        replace: 'const MAX_ROUND_TRIP_MS = 60_000',
      },
      {
        file: engine('store-time'),
        find: 'offset = samples.reduce((best, sample) => (sample.roundTrip < best.roundTrip ? sample : best)).offset',
        replace: 'offset = fresh.offset',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a beat brings back a page that said it goes',
    patches: [
      {
        file: machine('input'),
        find: ' || (lost !== null && !isOfRequests(connection))',
        replace: '',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'input brings back a page that said it goes',
    patches: [
      {
        file: machine('input'),
        find: "if (comesBack && !isOfRequests(connection)) return 'unchanged'",
        replace: '',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a leave token works as often as it is shown',
    patches: [
      {
        file: engine('leased'),
        find: 'if (connection?.lease == null || connection.lost !== null) return false',
        replace: 'if (connection?.lease == null) return false',
      },
      {
        file: engine('leased'),
        find: "return verdict === 'applied'",
        replace: "return verdict !== 'no-connection'",
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'whoever knows the name of a connection can say that its page goes',
    patches: [
      {
        file: engine('leased'),
        find: 'if (leaveToken !== undefined && connection.resume?.hash !== hashOfLeave(leaveToken)) return false',
        replace: '',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a page that says it goes is there until its lease is over',
    patches: [
      {
        file: machine('ends'),
        find: "if (connection.lost !== null) return 'unchanged'\n  // Requests may",
        replace: "if (connection.lost !== null || connection.lease !== null) return 'unchanged'\n  // Requests may",
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'only the node that opened a connection renews its lease',
    patches: [
      {
        file: engine('leased'),
        find: 'const stamp = () => stampOf(time)',
        replace: 'const stamp = () => stampOf(time)\n  const opened = new Set<string>()',
      },
      {
        file: engine('leased'),
        find: 'const leaseMs = leaseFor(nextInMs, policy)\n        const at = await stamp()',
        replace:
          'if (!opened.has(connectionId)) return stateOf(await review())\n        const leaseMs = leaseFor(nextInMs, policy)\n        const at = await stamp()',
      },
      {
        file: engine('leased'),
        find: 'const { resume, resumes } = await',
        replace: 'opened.add(connectionId)\n      const { resume, resumes } = await',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a lease counts from what the clock of the machine says',
    patches: [
      {
        file: engine('leased'),
        find: 'const leaseMs = leaseFor(nextInMs, policy)\n        const at = await stamp()',
        replace: 'const leaseMs = leaseFor(nextInMs, policy)\n        const at = Date.now()',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a beat waits in memory until the lease it extends is over',
    patches: [
      {
        file: engine('decide'),
        find: '(justCame ? third : 2 * third)',
        replace: '4 * third',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a page that repeats a hello whose welcome it missed has two connections',
    patches: [
      {
        file: machine('connects'),
        find: 'const attempt = leaseMs === null ? -1 : indexOfEarlier(draft, event)',
        replace: 'const attempt = leaseMs === null || event !== null ? -1 : indexOfEarlier(draft, event)',
      },
    ],
  },
  {
    rule: 'leases of pages',
    what: 'a connection that was ended at another node beats on',
    patches: [
      {
        file: engine('leased'),
        find: 'const ended = isThere ? null : why()',
        replace: 'const ended = isThere || record !== null ? null : why()',
      },
    ],
  },
  {
    rule: 'news of pages',
    what: 'a page that comes back to a node hears changes before what it missed',
    patches: [
      {
        file: leased('listening'),
        find: 'unbegun.has(message.topic)) return',
        replace: 'unbegun.has(message.topic)) unbegun.delete(message.topic)',
      },
    ],
  },
  {
    rule: 'news of pages',
    what: 'a page is not told what is done to its user elsewhere',
    patches: [
      {
        file: leased('rooms'),
        find: 'for (const occupant of followed.get(room) ?? []) occupant.look()',
        replace: '',
      },
    ],
  },
  {
    rule: 'news of pages',
    what: 'a page that waits is not told that it missed nothing',
    patches: [
      {
        file: 'adapter-http/src/live/poll.ts',
        find: 'return isMoved || message.topics.some(({ topic }) => asked.has(topic))',
        replace: 'return isMoved',
      },
    ],
  },
]
