import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foundFirefox } from '../../scripts/firefox.ts'
import { type Bidi, connectBidi } from './bidi.ts'
import { callSource, type RealBrowser, type Tab } from './tab.ts'

/** Firefox as its maker ships it, driven over WebDriver BiDi, which it speaks by itself. */
export async function launchFirefox(): Promise<RealBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'rollcall-firefox-'))
  const firefox = spawn(
    foundFirefox(),
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const exited = once(firefox, 'exit')
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const stream of [firefox.stdout, firefox.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const address = said.match(/WebDriver BiDi listening on (ws:\S+)/)?.[1]
        if (address) resolve(address)
      })
    }
    exited.then(() => reject(new Error(`Firefox ended at once:\n${said}`)), reject)
  })
  const bidi = await connectBidi(`${endpoint}/session`)
  await bidi.send('session.new', { capabilities: {} })
  return {
    name: 'Firefox',
    async open(url) {
      const { context } = await bidi.send<{ context: string }>('browsingContext.create', { type: 'tab' })
      const tab = tabOf(bidi, context)
      await tab.goto(url)
      return tab
    },
    async [Symbol.asyncDispose]() {
      bidi.close()
      if (firefox.pid && firefox.exitCode === null) process.kill(-firefox.pid, 'SIGKILL')
      await exited
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function tabOf(bidi: Bidi, context: string): Tab {
  return {
    async goto(url) {
      await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async evaluate(run, given) {
      const { result, exceptionDetails } = await bidi.send<{
        result?: { value: string }
        exceptionDetails?: { text: string }
      }>('script.evaluate', { expression: callSource(run, given), target: { context }, awaitPromise: true })
      if (result === undefined) throw new Error(exceptionDetails?.text)
      return JSON.parse(result.value)
    },
    async reload() {
      await bidi.send('browsingContext.reload', { context, wait: 'complete' })
    },
    async back() {
      await bidi.send('browsingContext.traverseHistory', { context, delta: -1 })
    },
    async show() {
      await bidi.send('browsingContext.activate', { context })
    },
    async close() {
      await bidi.send('browsingContext.close', { context, promptUnload: false })
    },
  }
}
