import { engine, type Mutant, machine, store } from './mutant.ts'

/** What keeps records right: nodes that live and die, their leases and audits, and what users and pages say. */
export const ofRecords: readonly Mutant[] = [
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
    rule: 'formats',
    what: 'a node says that it did what it cannot do with the record of a later version',
    patches: [
      {
        file: engine('ledger'),
        find: 'entry.stored != null && entry.stored.format > RECORD_FORMAT',
        replace: 'entry.stored === null && RECORD_FORMAT === 0',
      },
    ],
  },
  {
    rule: 'formats',
    what: 'a node executes the record of a later version',
    patches: [
      {
        file: engine('ledger'),
        find: 'entry.stored != null && entry.stored.format > RECORD_FORMAT',
        replace: 'entry.stored === null && RECORD_FORMAT === 0',
      },
      {
        file: machine('transition'),
        find: 'record !== null && record.format > RECORD_FORMAT',
        replace: 'record !== null && RECORD_FORMAT === 0',
      },
    ],
  },
  {
    rule: 'formats',
    what: 'what a node could not review or announce it tries again at once',
    patches: [
      {
        file: engine('audit'),
        find: '    clock.setTimer(() => {\n      willRetry = false',
        replace: '    void options.confirmLease().then(() => {\n      willRetry = false',
      },
      {
        file: engine('audit'),
        find: '    }, ASK_AGAIN_MS)\n  }\n\n  const reviewEach',
        replace: '    })\n  }\n\n  const reviewEach',
      },
    ],
  },
]
