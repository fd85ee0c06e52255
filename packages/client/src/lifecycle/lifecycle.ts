/** Comings and goings of whatever shows the application: a page, a React Native app. */
export interface Lifecycle {
  /** Whether somebody may be looking. */
  readonly visible: boolean
  /** Begins to report; returns the function that ends it. Nothing is reported inside this call. */
  observe(observer: LifecycleObserver): () => void
}

export interface LifecycleObserver {
  /** It goes away, perhaps to come back (`pagehide`). Whatever is to go out must be sent inside this call. */
  onLeave(): void
  /** Script is about to stop (`freeze`). */
  onFreeze(): void
  /** It came back, or the network did. May come several times for one return. */
  onWake(): void
}

/** No single one of these is always fired. */
const EVENTS = ['pagehide', 'freeze', 'visibilitychange', 'resume', 'pageshow', 'focus', 'online']

/**
 * The page's own lifecycle; `null` where there is no page. Never listens to `unload` or `beforeunload`, which lie and
 * keep pages out of the back-forward cache.
 */
export function pageLifecycle(): Lifecycle | null {
  if (!globalThis.window?.document) return null
  const isVisible = () => document.visibilityState !== 'hidden'
  return {
    get visible() {
      return isVisible()
    },
    observe({ onLeave, onFreeze, onWake }) {
      const onEvent = ({ type, target }: Event) => {
        if (type === 'pagehide') onLeave()
        else if (type === 'freeze') onFreeze()
        // The window also sees each element that gets the focus.
        else if (!(target as Element).tagName && (type !== 'visibilitychange' || isVisible())) onWake()
      }
      for (const name of EVENTS) window.addEventListener(name, onEvent, true)
      // Firefox breaks off whatever runs when it closes a tab, but only once: what the first call left undone, the second does.
      window.addEventListener('pagehide', onEvent)
      return () => {
        for (const name of EVENTS) window.removeEventListener(name, onEvent, true)
        window.removeEventListener('pagehide', onEvent)
      }
    },
  }
}
