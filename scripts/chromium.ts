/**
 * Finds the Chromium that the browser tests drive, and installs one where that is welcome.
 * `node scripts/chromium.ts [--install]` prints the path of what was found.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaunchOptions } from 'playwright-core'
import { type BrowserProgram, ensureBrowser, foundBrowser, isRoot, tellOf } from './browser-program.ts'

const program: BrowserProgram = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
  places: ['Google Chrome', 'Chromium'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`),
  unpacked: ['chrome', 'chromium'],
  managers: [
    {
      tool: 'apt-get',
      asRoot: true,
      commands: ['apt-get update', 'apt-get install -y --no-install-recommends chromium fonts-liberation'],
    },
    { tool: 'dnf', asRoot: true, commands: ['dnf install -y chromium'] },
    { tool: 'apk', asRoot: true, commands: ['apk add chromium'] },
    { tool: 'pacman', asRoot: true, commands: ['pacman -Sy --noconfirm chromium'] },
    { tool: 'brew', asRoot: false, commands: ['brew install --cask chromium'] },
  ],
}

export const ensureChromium = (options: { install?: boolean } = {}) => ensureBrowser(program, options)

/** Switches for a Chromium that works headless everywhere, root and containers included, and talks to nobody but the page. */
export const chromiumFlags: readonly string[] = [
  '--headless=new',
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const foundChromium = () => foundBrowser(program, 'scripts/chromium.ts')

/**
 * Options for `chromium.launch` of playwright-core: pages are always visible and focused, timers run on time, there is no
 * back-forward cache. For what users have, see {@link startChromium}.
 *
 * @throws when there is no Chromium, saying what to do.
 */
export function launchOptions(args: readonly string[] = []): LaunchOptions {
  return {
    executablePath: foundChromium(),
    args: [...chromiumFlags, ...args],
    ignoreDefaultArgs: ['--headless'],
    chromiumSandbox: !isRoot,
  }
}

/**
 * Starts a Chromium that behaves as it does for users: a page behind another one is hidden, its timers are throttled, and
 * pages go into the back-forward cache. Playwright's own launch hides all three.
 *
 * `context` is the browser's own profile, new for each start; its pages are tabs of one window, of which the one brought to
 * front is visible. The process leads a group of its own: `process.kill(-browserProcess.pid, 'SIGSTOP')` is a sleeping laptop.
 *
 * After a page came back from the cache Playwright's `goBack` waits for a load event that never comes: send
 * `Page.navigateToHistoryEntry` through `context.newCDPSession(page)` instead.
 *
 * @throws when there is no Chromium, saying what to do.
 */
export async function startChromium(args: readonly string[] = []) {
  const profile = mkdtempSync(join(tmpdir(), 'rollcall-chromium-'))
  const browserProcess = spawn(
    foundChromium(),
    [...chromiumFlags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...args, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const exited = once(browserProcess, 'exit')
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = ''
    browserProcess.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = said.match(/DevTools listening on (ws:\S+)/)?.[1]
      if (address) resolve(address)
    })
    exited.then(() => reject(new Error(`Chromium ended at once:\n${said}`)), reject)
  })
  const { chromium } = await import('playwright-core')
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true, isLocal: true })
  const [context] = browser.contexts()
  if (!context) throw new Error('Chromium has no default context.')
  return {
    browser,
    context,
    browserProcess,
    async [Symbol.asyncDispose](): Promise<void> {
      await browser.close()
      if (browserProcess.pid && browserProcess.exitCode === null) process.kill(-browserProcess.pid, 'SIGKILL')
      await exited
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

if (import.meta.main) tellOf(ensureChromium({ install: process.argv.includes('--install') }))
