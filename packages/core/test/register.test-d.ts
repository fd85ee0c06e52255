import type { Json } from '../src/machine/index.ts'
import type {
  ClaimSource,
  ClaimSourceOf,
  Meta,
  MetaOf,
  Signals,
  SignalsOf,
  SpaceState,
  SpaceStateOf,
} from '../src/register.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Fails to compile for anything but `true`. */
type Holds<T extends true> = T

interface Own {
  meta: { role: 'admin' | 'member' }
  spaceStates: { [space: `doc:${string}`]: { cursor: number }; lobby: null }
  signals: { typing: null; reaction: { emoji: string } }
  claimSources: 'pager'
}

export type Declared = [
  Holds<Equal<MetaOf<Own>, { role: 'admin' | 'member' }>>,
  Holds<Equal<SpaceStateOf<Own, 'doc:1'>, { cursor: number }>>,
  Holds<Equal<SpaceStateOf<Own, 'lobby'>, null>>,
  Holds<Equal<SpaceStateOf<Own, string>, { cursor: number } | null>>,
  Holds<Equal<SpaceStateOf<Own, 'elsewhere'>, Json>>,
  Holds<Equal<keyof SignalsOf<Own>, 'typing' | 'reaction'>>,
  Holds<Equal<SignalsOf<Own>['reaction'], { emoji: string }>>,
  Holds<Equal<ClaimSourceOf<Own>, 'manual' | 'admin' | 'call' | 'calendar' | 'pager'>>,
]

/** Each part may be declared alone. */
export type Partly = [
  Holds<Equal<MetaOf<{ claimSources: 'pager' }>, Json>>,
  Holds<Equal<ClaimSourceOf<{ meta: null }>, string>>,
]

/** Nothing is declared in this project itself. */
export type Undeclared = [
  Holds<Equal<Meta, Json>>,
  Holds<Equal<SpaceState<'doc:1'>, Json>>,
  Holds<Equal<Signals, { readonly [name: string]: Json }>>,
  Holds<Equal<ClaimSource, string>>,
]

// @ts-expect-error a name that was not declared
export type Unknown = SignalsOf<Own>['shout']
// @ts-expect-error a source that was not declared
export const source: ClaimSourceOf<Own> = 'weather'
// @ts-expect-error data of another signal
export const data: SignalsOf<Own>['reaction'] = { sound: 'ping' }
