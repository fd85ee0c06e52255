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

/**
 * What only a user does: scripts scroll and resize, and layout moves under a still pointer. The window's `blur` is all
 * that is seen of a click into an iframe.
 */
const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'blur']
/** The first to see an event, whoever stops it later; never in the way of scrolling. */
const EARLY = { capture: true, passive: true }

/** Input to the page; `null` where there is none. */
export function pageInput({ trustedOnly = true, iframes }: InputOptions): InputSource | null {
  if (!globalThis.window?.document) return null
  const isHidden = () => iframes !== 'ignore' && document.activeElement?.tagName === 'IFRAME' && document.hasFocus()
  return {
    isHidden,
    listen(onInput) {
      const onEvent = ({ type, isTrusted }: Event) => {
        if (type === 'blur' ? isHidden() : isTrusted || !trustedOnly) onInput()
      }
      for (const name of EVENTS) window.addEventListener(name, onEvent, EARLY)
      return () => {
        for (const name of EVENTS) window.removeEventListener(name, onEvent, EARLY)
      }
    },
  }
}
