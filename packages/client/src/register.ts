/** What the application declared in `interface Register` of `@rollcall/core`. */
export type { ClaimSource, Signals, SpaceState } from '@rollcall/core'
