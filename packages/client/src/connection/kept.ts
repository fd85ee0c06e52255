import type { ClientMessage } from '@rollcall/core/protocol'

/** Where the resume token waits while a page reloads; `sessionStorage` fits. */
export interface ResumeStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** What a page leaves for the hello of the one that follows it in the same tab. */
export type Kept = Pick<Extract<ClientMessage, { type: 'hello' }>, 'resume' | 'invisible'>

const KEY = 'rollcall:resume'

/**
 * Between `pagehide` and the next start, and at no other time, the token lies in storage: a duplicated tab copies the
 * storage of a living one, and must find nothing there. Storage that is missing, full or forbidden is passed over.
 */
export function keep(storage: ResumeStorage | null, kept: Kept): void {
  try {
    storage?.setItem(KEY, JSON.stringify(kept))
  } catch {}
}

/** Takes what was kept; deleted before it is used. */
export function takeKept(storage: ResumeStorage | null): Kept {
  try {
    const text = storage?.getItem(KEY)
    storage?.removeItem(KEY)
    const { resume, invisible }: Kept = JSON.parse(text ?? '{}')
    return typeof resume === 'string' ? { resume, ...(invisible && { invisible }) } : {}
  } catch {
    return {}
  }
}

/** `sessionStorage`, where there is one and it may be used. */
export function tabStorage(): ResumeStorage | null {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null
  }
}
