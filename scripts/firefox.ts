/**
 * Finds the Firefox that the browser tests drive, and installs one where that is welcome.
 * `node scripts/firefox.ts [--install]` prints the path of what was found.
 */
import { type BrowserProgram, ensureBrowser, foundBrowser, tellOf } from './browser-program.ts'

const firefox: BrowserProgram = {
  name: 'Firefox',
  variable: 'FIREFOX_PATH',
  names: ['firefox-esr', 'firefox'],
  places: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
  unpacked: ['firefox', 'firefox-esr'],
  managers: [
    {
      tool: 'apt-get',
      asRoot: true,
      commands: ['apt-get update', 'apt-get install -y --no-install-recommends firefox-esr'],
    },
    { tool: 'dnf', asRoot: true, commands: ['dnf install -y firefox'] },
    { tool: 'apk', asRoot: true, commands: ['apk add firefox-esr'] },
    { tool: 'pacman', asRoot: true, commands: ['pacman -Sy --noconfirm firefox'] },
    { tool: 'brew', asRoot: false, commands: ['brew install --cask firefox'] },
  ],
}

export const ensureFirefox = (options: { install?: boolean } = {}) => ensureBrowser(firefox, options)

/** The path of a Firefox that starts. Throws when there is none, saying what to do. */
export const foundFirefox = () => foundBrowser(firefox, 'scripts/firefox.ts')

if (import.meta.main) tellOf(ensureFirefox({ install: process.argv.includes('--install') }))
