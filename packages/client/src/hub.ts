import type { Readable } from './readable.ts'

type Listener = (...args: never[]) => void

/** Everybody who listens to one client: to its events, and to values by key. */
export interface Hub {
  /** Calls `listener` at each `emit` of `event`; returns what ends that. One that throws stops nobody else. */
  on(event: string, listener: Listener): () => void
  emit(event: string, ...args: unknown[]): void
  /**
   * A value that `get` computes, the same one as long as nothing in it changed. `hold` runs when a key gets its first
   * listener, and what it returned when the last one went. Equal keys give the same readable while anybody listens.
   */
  readable<T>(key: string, get: () => T, hold?: () => () => void): Readable<T>
  /** The value behind `key` may have changed: at the next `commit` its listeners are called, if it did. */
  touch(key: string): void
  commit(): void
}

interface Entry {
  readonly calls: Set<Listener>
  readonly get: () => unknown
  last: unknown
  release: (() => void) | undefined
}

export function createHub(): Hub {
  const entries = new Map<string, Entry>()
  const readables = new Map<string, Readable<unknown>>()
  const touched = new Set<string>()

  const emit: Hub['emit'] = (key, ...args) => {
    for (const call of [...(entries.get(key)?.calls ?? [])]) {
      try {
        call(...(args as never[]))
      } catch (error) {
        // Reported like any uncaught error of the application, and kept away from everybody else.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
  const listen = (key: string, listener: Listener, get: Entry['get'] = () => 0, hold?: () => () => void) => {
    // The same function may listen twice, and then counts twice.
    const call: Listener = (...args) => listener(...args)
    const known = entries.get(key)
    const entry = known ?? { calls: new Set(), get, last: get(), release: undefined }
    entry.calls.add(call)
    if (!known) {
      entries.set(key, entry)
      entry.release = hold?.()
    }
    return () => {
      if (!entry.calls.delete(call) || entry.calls.size) return
      entries.delete(key)
      readables.delete(key)
      entry.release?.()
    }
  }
  return {
    on: (event, listener) => listen(event, listener),
    emit,
    readable<T>(key: string, get: () => T, hold?: () => () => void) {
      const readable = readables.get(key) ?? { get, subscribe: (listener) => listen(key, listener, get, hold) }
      readables.set(key, readable)
      return readable as Readable<T>
    },
    touch: (key) => touched.add(key),
    commit() {
      const keys = [...touched]
      touched.clear()
      for (const key of keys) {
        const entry = entries.get(key)
        const now = entry?.get()
        if (!entry || now === entry.last) continue
        entry.last = now
        emit(key)
      }
    },
  }
}
