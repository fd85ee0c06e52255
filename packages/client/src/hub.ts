import type { Readable } from './readable.ts'

type Listener = (...args: never[]) => void

/** Everybody who listens to one client, by key. */
export interface Hub {
  /** Calls `listener` at each `emit` of `key`; returns what ends that. A listener that throws stops nobody else. */
  on(key: string, listener: Listener, hold?: () => () => void): () => void
  emit(key: string, ...args: unknown[]): void
  /**
   * The one readable of `key`. `hold` runs when it gets its first listener, and what it returned when the last one went.
   */
  readable<T>(key: string, get: () => T, hold?: () => () => void): Readable<T>
  /** The value behind `key` changed: its listeners are called at the next `commit`, once. */
  touch(key: string): void
  /** Emits at the next `commit`, after what was touched. */
  post(key: string, ...args: unknown[]): void
  commit(): void
}

export function createHub(): Hub {
  const entries = new Map<string, { readonly calls: Set<Listener>; release: (() => void) | undefined }>()
  const readables = new Map<string, Readable<unknown>>()
  const touched = new Set<string>()
  const posted: (() => void)[] = []

  const hub: Hub = {
    on(key, listener, hold) {
      // The same function may listen twice, and then counts twice.
      const call: Listener = (...args) => listener(...args)
      const entry = entries.get(key) ?? { calls: new Set(), release: undefined }
      const { calls } = entry
      calls.add(call)
      if (!entries.has(key)) {
        entries.set(key, entry)
        entry.release = hold?.()
      }
      return () => {
        if (!calls.delete(call) || calls.size) return
        entries.delete(key)
        readables.delete(key)
        entry.release?.()
      }
    },
    emit(key, ...args) {
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
    },
    readable<T>(key: string, get: () => T, hold?: () => () => void) {
      const known = readables.get(key) as Readable<T> | undefined
      const readable = known ?? { get, subscribe: (listener) => hub.on(key, listener, hold) }
      readables.set(key, readable)
      return readable
    },
    touch: (key) => touched.add(key),
    post: (...args) => posted.push(() => hub.emit(...args)),
    commit() {
      const keys = [...touched]
      touched.clear()
      for (const key of keys) hub.emit(key)
      for (const emit of posted.splice(0)) emit()
    },
  }
  return hub
}
