/**
 * Finds the Chromium that the browser tests drive, and installs one where that is welcome.
 * `node scripts/chromium.ts [--install]` prints the path of what was found.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { LaunchOptions } from 'playwright-core'
import { root } from './steps.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const macApps = ['Google Chrome', 'Chromium'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`)
const isRoot = process.getuid?.() === 0

/** Ways to install, tried in this order: the first whose tool is there. */
const managers = [
  {
    tool: 'apt-get',
    asRoot: true,
    commands: ['apt-get update', 'apt-get install -y --no-install-recommends chromium fonts-liberation'],
  },
  { tool: 'dnf', asRoot: true, commands: ['dnf install -y chromium'] },
  { tool: 'apk', asRoot: true, commands: ['apk add chromium'] },
  { tool: 'pacman', asRoot: true, commands: ['pacman -Sy --noconfirm chromium'] },
  { tool: 'brew', asRoot: false, commands: ['brew install --cask chromium'] },
]

const onPath = (name: string) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Some systems ship a script of that name which only says how to install the browser. */
function starts(path: string): boolean {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

/**
 * The path of a Chromium that starts, or `undefined`: `CHROMIUM_PATH`, then the usual names on PATH, then a copy unpacked
 * in `.services/`. A `CHROMIUM_PATH` that is set is taken at its word.
 */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const unpacked = globSync('.services/**/{chrome,chromium}', { cwd: root }).map((path) => join(root, path))
  return [...names.flatMap(onPath), ...macApps, ...unpacked].find((path) => executable(path) && starts(path))
}

/**
 * The path of Chromium, installed first if need be: under `CI`, as root, or when asked to.
 * Otherwise, and when installing did not help, `missing` says what to do.
 */
export function ensureChromium(options: { install?: boolean } = {}): { path: string } | { missing: string } {
  const path = findChromium()
  if (path) return { path }
  const manager = managers.find(({ tool }) => onPath(tool).some(executable))
  if (!manager) return { missing: 'no Chromium here. Install Chromium or Chrome, or set CHROMIUM_PATH.' }
  const commands = manager.commands.map((command) => (manager.asRoot && !isRoot ? `sudo ${command}` : command))
  const todo = `run \`${commands.join(' && ')}\` (or the tests with --install), or set CHROMIUM_PATH.`
  if (!(options.install || process.env.CI || isRoot)) return { missing: `no Chromium here: ${todo}` }
  try {
    for (const command of commands) {
      console.log(`$ ${command}`)
      const [file = '', ...args] = command.replace(/^sudo /, 'sudo -n ').split(' ')
      execFileSync(file, args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    }
  } catch {
    return { missing: `installing Chromium failed: ${todo}` }
  }
  const installed = findChromium()
  return installed ? { path: installed } : { missing: `no Chromium here after installing it: ${todo}` }
}

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

function foundChromium(): string {
  const path = findChromium()
  if (!path) throw new Error('No Chromium here: run `node scripts/chromium.ts --install`, or set CHROMIUM_PATH.')
  return path
}

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

if (import.meta.main) {
  const result = ensureChromium({ install: process.argv.includes('--install') })
  if ('missing' in result) {
    console.error(result.missing)
    process.exit(1)
  }
  console.log(result.path)
}
