import type { Presence } from '@rollcall/core'
import type { HttpOptions } from '../../src/index.ts'

/** Presence behind a real framework on a real port. */
export interface Running {
  /** Without a slash at its end. */
  readonly origin: string
  close(): Promise<void>
}

export interface Mounting {
  readonly presence: Presence
  /** `context` goes unused: the frameworks differ in it. */
  readonly options: HttpOptions
  /** Below `/app/team` and nowhere else; otherwise wherever the framework puts it by itself, which is `/presence`. */
  readonly prefixed: boolean
  /** The application reads JSON bodies itself, before presence gets them. */
  readonly parsed: boolean
  /** Counts each request to `/counted` as activity of `grace`. */
  readonly touching: boolean
}

/** The application's own route, beside presence. */
export const OWN_ROUTE = '/own'
export const OWN_ANSWER = 'the application’s own'
export const PREFIX = '/app/team'

export interface Bridge {
  readonly name: string
  /** What this framework cannot do. */
  readonly lacks?: readonly (keyof Mounting)[]
  run(mounting: Mounting): Promise<Running>
  /** After the last run. */
  stop?(): Promise<void>
}
