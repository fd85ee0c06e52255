import { engine, type Mutant, machine } from './mutant.ts'

/** What keeps everybody right who hears of records: feeds, rosters, sequences, reads. */
export const ofNews: readonly Mutant[] = [
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
]
