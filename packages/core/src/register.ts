import type { Json } from './machine/index.ts'

/**
 * An application's own types, declared once and known everywhere from the server's hooks to React:
 *
 * ```ts
 * declare module '@rollcall/core' {
 *   interface Register {
 *     meta: { role: 'admin' | 'member' }
 *     spaceStates: { [space: `doc:${string}`]: { cursor: number } | null }
 *     signals: { typing: null; reaction: { emoji: string } }
 *     claimSources: 'pager'
 *   }
 * }
 * ```
 *
 * What is left out stays any JSON, or any string. The types are a promise of the application to itself: what a client
 * sends is checked to be JSON within its limits, and no further.
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications fill it
export interface Register {}

/** What `authenticate` may keep with a connection for the access hooks. @default any JSON */
export type Meta = MetaOf<Register>

/** The state of a user in the space `S`; in any space without it. @default any JSON */
export type SpaceState<S extends string = string> = SpaceStateOf<Register, S>

/** Ephemeral messages, by name, with their data. @default any name, any JSON */
export type Signals = SignalsOf<Register>

/** Where claims come from: the sources that have a priority of their own, and the application's. @default any string */
export type ClaimSource = ClaimSourceOf<Register>

export type MetaOf<R> = R extends { readonly meta: infer M } ? M : Json

export type SpaceStateOf<R, S extends string> = R extends { readonly spaceStates: infer States }
  ? S extends keyof States
    ? States[S]
    : string extends S
      ? States[keyof States]
      : Json
  : Json

export type SignalsOf<R> = R extends { readonly signals: infer Named } ? Named : { readonly [name: string]: Json }

export type ClaimSourceOf<R> = R extends { readonly claimSources: infer Own }
  ? 'manual' | 'admin' | 'call' | 'calendar' | (Own & string)
  : string
