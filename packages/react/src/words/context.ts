import { createContext, useContext } from 'react'
import { english, type PresenceWords } from './presence-words.ts'

export interface PresenceLanguage {
  /** A BCP 47 tag, for times and lists. @default the machine's */
  readonly locale?: string | undefined
  /** @default english */
  readonly words?: PresenceWords | undefined
}

export const LanguageContext = createContext<PresenceLanguage>({})

export function useLocale(own?: string): string | undefined {
  const { locale } = useContext(LanguageContext)
  return own ?? locale
}

export function useWords(own?: PresenceWords): PresenceWords {
  const { words } = useContext(LanguageContext)
  return own ?? words ?? english
}
