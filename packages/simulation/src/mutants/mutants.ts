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
const store = (name: string) => `core/src/store/${name}.ts`

/** The rules that close an interleaving each, and how each looks when it was forgotten. */
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
]
