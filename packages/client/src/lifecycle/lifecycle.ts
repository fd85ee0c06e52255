/** Comings and goings of whatever shows the application: a page, a React Native app, nothing at all. */
export interface Lifecycle {
  /** Whether somebody may be looking. */
  readonly visible: boolean
  /** Begins to report; returns the function that stops. Nothing is reported inside this call. */
  observe(observer: LifecycleObserver): () => void
}

export interface LifecycleObserver {
  /** It goes away, perhaps to come back (`pagehide`). Whatever is sent must be sent inside this call. */
  onLeave(): void
  /** Script is about to stop (`freeze`). */
  onFreeze(): void
  /** It came back, or the network did. May be called several times for one return. */
  onWake(): void
}
