import { english } from '@rollcall/react/components'
import type { Shape } from './status-mark.tsx'

/** The library's word for a status, and one more for being invisible. */
export const statusWord = (status: Shape): string => (status === 'hidden' ? 'Invisible' : english.status[status])

/** The reachable before the rest. */
const ORDER: readonly Shape[] = ['online', 'busy', 'dnd', 'away', 'offline', 'unknown', 'hidden']

export const statusRank = (status: Shape): number => ORDER.indexOf(status)
