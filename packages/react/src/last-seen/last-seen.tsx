import type { ReactNode, TimeHTMLAttributes } from 'react'
import { useLastSeen } from './use-last-seen.ts'

export interface LastSeenProps extends Omit<TimeHTMLAttributes<HTMLTimeElement>, 'dateTime' | 'children'> {
  /** Server time in ms, such as `lastSeenAt`; nothing is rendered without one. */
  readonly timestamp: number | null | undefined
  /** @default that of `PresenceLocale`, else the machine's */
  readonly locale?: string
}

/** `useLastSeen` as a `<time>` element with the absolute time in its title. It is no live region: keep it out of one. */
export function LastSeen({ timestamp, locale, ...rest }: LastSeenProps): ReactNode {
  const { text, timeProps } = useLastSeen(timestamp, locale)
  return (
    text && (
      <time {...timeProps} {...rest}>
        {text}
      </time>
    )
  )
}
