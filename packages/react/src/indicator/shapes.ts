import type { PresenceStatus } from '@rollcall/client'

/**
 * One outline per status in a box of 16 by 16, to be filled by the even-odd rule: told apart by shape alone. A disc, a
 * crescent, a square, a disc with a bar, a ring, a bar.
 */
export const STATUS_SHAPES: Readonly<Record<PresenceStatus, string>> = {
  online: 'M8 2a6 6 0 0 1 0 12A6 6 0 0 1 8 2z',
  away: 'M9.5 1.7A6.4 6.4 0 1 0 14.3 9.5 5.4 5.4 0 0 1 9.5 1.7z',
  busy: 'M2 2h12v12H2z',
  dnd: 'M8 1.5a6.5 6.5 0 0 1 0 13A6.5 6.5 0 0 1 8 1.5zM4 6.75v2.5h8v-2.5z',
  offline: 'M8 2a6 6 0 0 1 0 12A6 6 0 0 1 8 2zM8 4.5a3.5 3.5 0 0 0 0 7 3.5 3.5 0 0 0 0-7z',
  unknown: 'M3 6.75h10v2.5H3z',
}

/**
 * Fills that stand out by 3:1 and more from black, from white and from the grounds of the usual forced-colours themes, so
 * that they hold without a style sheet. Each can be replaced by the variable `--rollcall-<status>`.
 */
export const STATUS_COLOURS: Readonly<Record<PresenceStatus, string>> = {
  online: '#2a9d4a',
  away: '#b8860b',
  busy: '#d9622b',
  dnd: '#e5484d',
  offline: '#808891',
  unknown: '#808891',
}
