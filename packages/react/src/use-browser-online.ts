import { useSyncExternalStore } from 'react'

const EVENTS = ['online', 'offline']

function subscribe(listener: () => void): () => void {
  for (const event of EVENTS) window.addEventListener(event, listener)
  return () => {
    for (const event of EVENTS) window.removeEventListener(event, listener)
  }
}

/**
 * Whether *my browser* has a network, by `navigator.onLine`. `false` is sure, `true` is not: a network without a way to
 * the server counts as one. `true` on the server and while hydrating. For the connection to the presence server ask
 * `useConnectionStatus()`.
 */
export function useBrowserOnline(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  )
}
