import { type RefObject, useEffect, useRef } from 'react'

const BEAT = { transform: ['none', 'scale(1.4)', 'none'] }

/** Animates an element once whenever `value` changes, unless less motion was asked for. Not on mount. */
export function usePulse(element: RefObject<Element | null>, value: unknown, on: boolean): void {
  const last = useRef(value)
  useEffect(() => {
    if (last.current === value) return
    last.current = value
    if (on && !matchMedia('(prefers-reduced-motion: reduce)').matches) element.current?.animate(BEAT, 400)
  }, [element, value, on])
}
