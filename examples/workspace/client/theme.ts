import { useSyncExternalStore } from 'react'
import { createCell } from './cell.ts'

export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'acme.theme'
const stored = localStorage.getItem(KEY)
const theme = createCell<Theme>(stored === 'light' || stored === 'dark' ? stored : 'auto')

/** Puts the chosen theme on the page; `auto` leaves it to the system. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = theme.get()
}

export function chooseTheme(next: Theme): void {
  theme.set(next)
  localStorage.setItem(KEY, next)
  applyTheme()
}

export const useTheme = (): Theme => useSyncExternalStore(theme.subscribe, theme.get)
