import type { PolicyOptions } from '@rollcall/core'
import type { PolicyName } from './script.ts'

/** Policies of the nodes. The short ones let a connection turn idle and dormant within a run of minutes. */
export const POLICIES: { readonly [K in PolicyName]: PolicyOptions } = {
  default: {},
  short: { idleAfter: '40s', dormantAfter: '100s', flushEvery: '15s', drainGrace: '30s' },
  shorter: { idleAfter: '30s', dormantAfter: '70s', flushEvery: '10s', grace: '20s', drainGrace: '30s' },
  /** For a quiet month: the rounds of hours instead of seconds. */
  slow: {
    idleAfter: '40s',
    dormantAfter: '100s',
    flushEvery: '15s',
    nodeLease: '3h',
    renewEvery: '1h',
    sweepEvery: '1h',
    reconcileEvery: '6h',
  },
  /** Forgets users within a quiet hour, as the default does in 30 days: but for those who are held. */
  forgetful: { idleAfter: '40s', dormantAfter: '100s', flushEvery: '15s', drainGrace: '30s', forgetAfter: '40m' },
}
