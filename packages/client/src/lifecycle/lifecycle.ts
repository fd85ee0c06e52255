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

/**
 * The page's own lifecycle; `null` where there is no page. Never listens to `unload` or `beforeunload`, which lie and
 * keep pages out of the back-forward cache.
 */
export function pageLifecycle(): Lifecycle | null {
  if (typeof window === 'undefined' || typeof document === 'undefined') return null
  const isVisible = () => document.visibilityState !== 'hidden'
  return {
    get visible() {
      return isVisible()
    },
    observe({ onLeave, onFreeze, onWake }) {
      const onVisibility = () => {
        if (isVisible()) onWake()
      }
      // No single one of these is always fired.
      const events: readonly [EventTarget, string, () => void][] = [
        [window, 'pagehide', onLeave],
        [document, 'freeze', onFreeze],
        [document, 'visibilitychange', onVisibility],
        [document, 'resume', onWake],
        [window, 'pageshow', onWake],
        [window, 'focus', onWake],
        [window, 'online', onWake],
      ]
      for (const [target, name, listener] of events) target.addEventListener(name, listener)
      return () => {
        for (const [target, name, listener] of events) target.removeEventListener(name, listener)
      }
    },
  }
}
