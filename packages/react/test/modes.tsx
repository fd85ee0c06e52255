import { act, cleanup } from '@testing-library/react'
import { Fragment, type ReactNode, StrictMode } from 'react'
import { afterEach, describe } from 'vitest'

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true

afterEach(cleanup)

export type Mode = ({ children }: { readonly children?: ReactNode }) => ReactNode

/** Runs the same tests in plain and in Strict Mode. */
export function inBothModes(name: string, tests: (Mode: Mode, mode: 'plain' | 'strict') => void): void {
  describe(`${name}, plain`, () => tests(({ children }) => <Fragment>{children}</Fragment>, 'plain'))
  describe(`${name}, in Strict Mode`, () => tests(({ children }) => <StrictMode>{children}</StrictMode>, 'strict'))
}

/** Lets everything deferred by one macrotask happen. */
export const oneMacrotask = () => act(() => new Promise<void>((resolve) => setTimeout(resolve)))
