export type { PresenceStore } from '@rollcall/core'
