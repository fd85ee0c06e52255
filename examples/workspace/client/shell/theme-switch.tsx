import { chooseTheme, type Theme, useTheme } from '../theme.ts'
import { Icon } from './icon.tsx'

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const satisfies Record<Theme, Theme>
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const
const WORDS = { auto: 'as the system has it', light: 'light', dark: 'dark' } as const

export function ThemeSwitch() {
  const theme = useTheme()
  const label = `Theme: ${WORDS[theme]}. Change to ${WORDS[NEXT[theme]]}`
  return (
    <button
      type="button"
      className="icon-button"
      data-testid="theme"
      data-theme-choice={theme}
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(NEXT[theme])}
    >
      <Icon name={ICONS[theme]} />
    </button>
  )
}
