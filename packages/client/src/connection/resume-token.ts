/** Where the resume token waits while a page reloads; `sessionStorage` fits. */
export interface ResumeStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** What a page leaves for the one that follows it in the same tab. */
export interface Kept {
  readonly resume: string
  /** How long one's own invisible claim still lasts; `null`: without end; `undefined`: there is none. */
  readonly invisibleForMs?: number | null | undefined
}

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
export function takeKept(storage: ResumeStorage | null): Kept | null {
  try {
    const text = storage?.getItem(KEY) ?? null
    storage?.removeItem(KEY)
    const kept: Kept | null = JSON.parse(`${text}`)
    return typeof kept?.resume === 'string' ? kept : null
  } catch {
    return null
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
