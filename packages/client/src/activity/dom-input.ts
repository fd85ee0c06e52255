/** Where input is noticed. */
export interface InputSource {
  /** Calls `onInput` at each input; returns what ends that. */
  listen(onInput: () => void): () => void
  /** Input goes where it cannot be seen: into a focused iframe. */
  isHidden(): boolean
}

export interface InputOptions {
  /** Count only events that the browser marks as the user's own; `false` for tests. @default true */
  readonly trustedOnly?: boolean
  /**
   * A focused iframe swallows its input. `count`: the user is active while the document has the focus and an iframe in
   * it does. `ignore`: not. @default 'count'
   */
  readonly iframes?: 'count' | 'ignore'
}

/** What only a user does: scripts scroll and resize, layout moves under a still pointer. */
const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove']
/** The first to see an event, whoever stops it later; never in the way of scrolling. */
const EARLY = { capture: true, passive: true }

/** Input to the page; `null` where there is none. */
export function pageInput({ trustedOnly = true, iframes = 'count' }: InputOptions): InputSource | null {
  if (typeof window === 'undefined' || typeof document === 'undefined') return null
  const isHidden = () => iframes === 'count' && document.activeElement?.tagName === 'IFRAME' && document.hasFocus()
  return {
    isHidden,
    listen(onInput) {
      const onEvent = (event: Event) => {
        // A blur of the window is all that is seen of a click into an iframe.
        if (event.type === 'blur' ? isHidden() : event.isTrusted || !trustedOnly) onInput()
      }
      for (const name of [...EVENTS, 'blur']) window.addEventListener(name, onEvent, EARLY)
      return () => {
        for (const name of [...EVENTS, 'blur']) window.removeEventListener(name, onEvent, EARLY)
      }
    },
  }
}
