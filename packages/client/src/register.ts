import type { Json } from '@rollcall/core/protocol'

/** The state of a user in a space, as the application declared it. */
export type SpaceState = Json

/** The sources of claims that the application declared. */
export type ClaimSource = string

/** Names of signals with their data, as the application declared them. */
export type Signals = { readonly [name: string]: Json }
