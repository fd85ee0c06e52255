import { engine, leased, type Mutant, machine } from './mutant.ts'

/** What pages over HTTP need besides. */
export const overHttp: readonly Mutant[] = [
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
