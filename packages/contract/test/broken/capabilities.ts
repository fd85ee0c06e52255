import { broken } from './broken-store.ts'

export const brokenCapabilities = [
  broken('has no name', 'capabilities: the capabilities name the store and say yes or no', ({ capabilities }) => ({
    capabilities: { ...capabilities, name: '' },
  })),

  broken(
    'polls without a period',
    'capabilities: the capabilities say how soon the feed delivers',
    ({ capabilities }) => ({
      capabilities: { ...capabilities, feed: { kind: 'poll', everyMs: 0 } },
    }),
  ),

  broken(
    'claims to be shared',
    'capabilities: a store that says it is shared comes with a second handle to test it by',
    (store) => ({
      capabilities: { ...store.capabilities, shared: true },
    }),
  ),

  broken('has a clock that falls', 'capabilities: the clock gives milliseconds and never falls', () => {
    let time = 1_000_000
    return { now: async () => --time }
  }),

  broken('closes once', 'capabilities: closing twice does no harm', () => {
    let isClosed = false
    return {
      async close() {
        if (isClosed) throw new Error('closed already')
        isClosed = true
      },
    }
  }),
]
