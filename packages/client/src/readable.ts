/**
 * A value that changes. `get` returns the same object until the value changes; `subscribe` calls the listener after each
 * change, with nothing, and returns the function that stops it. Fits `useSyncExternalStore` as it is.
 */
export interface Readable<T> {
  get(): T
  subscribe(listener: () => void): () => void
}
