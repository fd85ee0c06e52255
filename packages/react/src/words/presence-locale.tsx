import { type ReactNode, useMemo } from 'react'
import { LanguageContext, type PresenceLanguage } from './context.ts'

export interface PresenceLocaleProps extends PresenceLanguage {
  readonly children?: ReactNode
}

/** The language of the components and `useLastSeen` below it. */
export function PresenceLocale({ locale, words, children }: PresenceLocaleProps): ReactNode {
  const value = useMemo(() => ({ locale, words }), [locale, words])
  return <LanguageContext.Provider value={value}>{children}</LanguageContext.Provider>
}
