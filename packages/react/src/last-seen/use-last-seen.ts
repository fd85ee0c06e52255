import { useMemo, useSyncExternalStore } from 'react'
import { usePresenceClient } from '../context.ts'
import { useLocale } from '../words/context.ts'
import { absoluteText, ageText, localText, unchangedForMs } from './age-text.ts'
import { wakeIn } from './ticker.ts'

export interface LastSeenText {
  /** “5 minutes ago”; the absolute time on the server and while hydrating; empty without a timestamp. */
  readonly text: string
  /** For a `<time>` element: the machine-readable and the absolute time. */
  readonly timeProps: { readonly dateTime?: string; readonly title?: string }
}

const NEVER: LastSeenText = Object.freeze({ text: '', timeProps: Object.freeze({}) })
const nothing = { subscribe: () => () => {}, get: () => '' }

/**
 * How long ago a server timestamp was, in words that keep up with time. The age is measured against the server's clock,
 * so a wrong clock here changes nothing. All labels of a page share one timer, which wakes up only for the next change
 * of a text, a second late at most.
 *
 * @param timestamp Server time in ms, such as `lastSeenAt`; `null` for never or not known.
 * @param locale A BCP 47 tag. @default that of `PresenceLocale`, else the machine's
 */
export function useLastSeen(timestamp: number | null | undefined, locale?: string): LastSeenText {
  const client = usePresenceClient()
  const language = useLocale(locale)
  const { subscribe, get } = useMemo(() => {
    if (timestamp == null) return nothing
    const age = () => client.now() - timestamp
    return {
      get: () => ageText(age(), language),
      subscribe(listener: () => void) {
        let stop = () => {}
        const follow = () => {
          stop()
          stop = wakeIn(unchangedForMs(age()), changed)
        }
        const changed = () => {
          listener()
          follow()
        }
        follow()
        // Each welcome measures the server's clock anew, and follows a suspend, when timers stood still.
        const ignore = client.connection.subscribe(changed)
        return () => {
          stop()
          ignore()
        }
      },
    }
  }, [client, timestamp, language])
  const absolute = timestamp == null ? '' : absoluteText(timestamp)
  const text = useSyncExternalStore(subscribe, get, () => absolute)
  return useMemo(() => {
    if (timestamp == null) return NEVER
    const title = text === absolute ? absolute : localText(timestamp, language)
    return { text, timeProps: { dateTime: new Date(timestamp).toISOString(), title } }
  }, [timestamp, text, absolute, language])
}
