import { randomBytes } from 'node:crypto'
import { STORES } from '../shared/nodes.ts'

const { env } = process

/** Milliseconds from the environment; `off` means never. */
function ms<T extends number | false>(name: string, byDefault: T): number | T {
  const value = env[name]
  if (value === undefined || value === '') return byDefault
  if (value === 'off' && byDefault !== false) return false as T
  const parsed = Number(value)
  if (!Number.isFinite(parsed) || parsed <= 0) throw new Error(`${name} is ${JSON.stringify(value)}; give milliseconds`)
  return parsed
}

/** What can be set from outside. The clocks run faster than in an office, so that there is something to see. */
export const settings = {
  port: env.PORT === undefined ? null : Number(env.PORT),
  policy: {
    idleAfter: ms<number | false>('ROLLCALL_DEMO_IDLE_MS', 60_000),
    dormantAfter: ms<number | false>('ROLLCALL_DEMO_DORMANT_MS', 10 * 60_000),
    grace: ms('ROLLCALL_DEMO_GRACE_MS', 15_000),
    hintGrace: ms('ROLLCALL_DEMO_HINT_GRACE_MS', 10_000),
    // Also how long a server that starts with nothing in store waits for clients of the last one.
    drainGrace: ms('ROLLCALL_DEMO_DRAIN_GRACE_MS', 10_000),
    nodeLease: ms('ROLLCALL_DEMO_NODE_LEASE_MS', 15_000),
    sweepEvery: 5_000,
  },
  tokenMs: ms('ROLLCALL_DEMO_TOKEN_MS', 15 * 60_000),
  store: STORES.find((store) => store === env.ROLLCALL_DEMO_STORE) ?? 'memory',
  /** What the front calls this process; `null` for one that browsers reach without a front. */
  node: env.ROLLCALL_DEMO_NODE ?? null,
  colleagues: env.ROLLCALL_DEMO_COLLEAGUES !== 'off',
  /** Logins outlive a restart of the server only if this is given. */
  secret: env.ROLLCALL_DEMO_SECRET ? Buffer.from(env.ROLLCALL_DEMO_SECRET) : randomBytes(32),
}
