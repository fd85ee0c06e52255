import { PEOPLE } from '../../shared/directory.ts'
import type { Colleague } from '../../shared/events.ts'
import type { Relay } from '../relay.ts'
import type { Tokens } from '../tokens.ts'
import { playColleague } from './colleague.ts'

export interface ColleaguesState {
  list(): readonly Colleague[]
  onChange(listener: () => void): void
}

export interface Colleagues extends ColleaguesState {
  /** Switches one on or off. `false`: nobody of that name is simulated. */
  toggle(userId: string, on: boolean): boolean
  toggleAll(on: boolean): void
}

interface ColleaguesOptions {
  /** Where the server listens, once it does. */
  url(): string
  readonly tokens: Tokens
  readonly idleAfterMs: number | null
  readonly graceMs: number
}

/** All who switch on together have arrived after this. */
const ARRIVAL_MS = 6_000

/** People played by the server, each switched on and off. */
export function createColleagues(options: ColleaguesOptions): Colleagues {
  const people = new Map(PEOPLE.filter(({ simulated }) => simulated).map((person) => [person.id, person]))
  const playing = new Map<string, () => void>()
  const doing = new Map<string, string>()
  const listeners: (() => void)[] = []
  const changed = () => {
    for (const listener of listeners) listener()
  }

  const toggle = (userId: string, on: boolean, arriveAfterMs = 0) => {
    const person = people.get(userId)
    if (person === undefined) return false
    if (on && !playing.has(userId)) {
      const stop = playColleague({
        ...options,
        desk: { person, url: options.url(), tokens: options.tokens },
        arriveAfterMs,
        doing(words) {
          doing.set(userId, words)
          changed()
        },
        onEnded() {
          playing.delete(userId)
          doing.set(userId, 'Sent home by an admin')
          changed()
        },
      })
      playing.set(userId, stop)
    }
    if (!on) {
      playing.get(userId)?.()
      playing.delete(userId)
      doing.set(userId, 'Switched off')
    }
    changed()
    return true
  }

  return {
    list: () =>
      [...people.keys()].map((userId) => ({
        userId,
        on: playing.has(userId),
        doing: doing.get(userId) ?? 'Switched off',
      })),
    toggle,
    toggleAll(on) {
      for (const userId of people.keys()) toggle(userId, on, Math.random() * ARRIVAL_MS)
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

/** The same as seen by a node, when they are played by the front. */
export function colleaguesElsewhere(relay: Relay): ColleaguesState {
  let latest: readonly Colleague[] = []
  relay.on('colleagues', (colleagues) => {
    latest = colleagues
  })
  return { list: () => latest, onChange: (listener) => relay.on('colleagues', listener) }
}
