import type { Lifecycle, LifecycleObserver } from '@rollcall/client'

/** A page that comes and goes when the test says so. */
export interface ManualLifecycle extends Lifecycle, LifecycleObserver {
  visible: boolean
  readonly isObserved: boolean
}

export function manualLifecycle(): ManualLifecycle {
  let observer: LifecycleObserver | null = null
  return {
    visible: true,
    get isObserved() {
      return observer !== null
    },
    observe(observing) {
      observer = observing
      return () => {
        observer = null
      }
    },
    onLeave: () => observer?.onLeave(),
    onFreeze: () => observer?.onFreeze(),
    onWake: () => observer?.onWake(),
  }
}
