import { useEffect, useRef, useState } from 'react'
import { usePresenceClient } from '../context.ts'
import { useWords } from '../words/context.ts'
import type { Announcement, PresenceWords } from '../words/presence-words.ts'

const GAP_MS = 5_000
const GATHER_MS = 1_000

export interface AnnouncementOptions {
  /** Whose changes are told. @default everybody's whom this client watches */
  readonly includes?: (userId: string) => boolean
  /** @default the user's id */
  readonly nameOf?: (userId: string) => string
  /** @default those of `PresenceLocale` */
  readonly words?: PresenceWords
}

function sentence(announcement: Announcement, { status, announce }: PresenceWords): string {
  if (announce) return announce(announcement)
  const parts = [
    [status.online, announcement.cameOnline],
    [status.offline, announcement.wentOffline],
  ] as const
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => `${word}: ${names.length > 3 ? names.length : names.join(', ')}`)
    .join('; ')
}

/**
 * Who came online and went offline, as one sentence for a polite live region. What happens within a second, or until 5 s
 * after the last sentence, is told together; who came and went meanwhile is not told. Empty at first.
 */
export function useAnnouncement({ includes, nameOf, words: own }: AnnouncementOptions = {}): string {
  const client = usePresenceClient()
  const words = useWords(own)
  const [text, setText] = useState('')
  const latest = useRef({ includes, nameOf, words })
  useEffect(() => {
    latest.current = { includes, nameOf, words }
  })
  useEffect(() => {
    const { add, cancel } = gather((changed) => {
      const { nameOf, words } = latest.current
      const names = (online: boolean) =>
        [...changed].filter(([, now]) => now === online).map(([userId]) => nameOf?.(userId) ?? userId)
      setText(sentence({ cameOnline: names(true), wentOffline: names(false) }, words))
    })
    const stop = client.on('change', (now, before) => {
      if (now.isOnline !== before.isOnline && latest.current.includes?.(now.userId) !== false)
        add(now.userId, now.isOnline)
    })
    return () => {
      stop()
      cancel()
    }
  }, [client])
  return text
}

/** Collects who changed, and tells at most once per 5 s. */
function gather(tell: (changed: ReadonlyMap<string, boolean>) => void) {
  const changed = new Map<string, boolean>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let toldAt = Number.NEGATIVE_INFINITY
  const ring = () => {
    timer = undefined
    if (changed.size === 0) return
    toldAt = Date.now()
    tell(changed)
    changed.clear()
  }
  return {
    add(userId: string, isOnline: boolean) {
      // Who is back where they were when this began has nothing to be told of.
      if (!changed.delete(userId)) changed.set(userId, isOnline)
      timer ??= setTimeout(ring, Math.max(GATHER_MS, toldAt + GAP_MS - Date.now()))
    },
    cancel: () => clearTimeout(timer),
  }
}
