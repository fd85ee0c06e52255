import { createPresenceClient } from '@rollcall/client'
import { createVirtualClock } from '@rollcall/core/testing'
import { PresenceProvider, useConnectionStatus, useOnlineStatus } from '@rollcall/react'
import { LastSeen, PresenceLocale, StatusIndicator } from '@rollcall/react/components'
import { act } from '@testing-library/react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { createFakeServer, user } from './fake-server.ts'
import { inBothModes, type Mode } from './modes.tsx'

const SEEN = Date.UTC(2026, 0, 31, 14, 5)
const MINUTE = 60_000
const NOW = SEEN + 5 * MINUTE
const roster = [user('ada', { status: 'busy' }), user('grace', { status: 'offline', lastSeenAt: SEEN })]

afterEach(() => void vi.useRealTimers())

function Row({ userId }: { readonly userId: string }) {
  const { status, lastSeenAt, stale } = useOnlineStatus(userId)
  return (
    <li data-stale={stale}>
      <StatusIndicator status={status} label={null} /> {status} <LastSeen timestamp={lastSeenAt} />
    </li>
  )
}

function App() {
  const { status, since } = useConnectionStatus()
  return (
    <ul title={`${status} ${since}`}>
      <Row userId="ada" />
      <Row userId="grace" />
      <Row userId="stranger" />
    </ul>
  )
}

/** One machine's page: its own clock, its own language, the roster of the server's first answer. */
function page(Mode: Mode, now: number, locale: string) {
  vi.useFakeTimers({ toFake: ['Date'], now })
  const server = createFakeServer({ clock: createVirtualClock(now), aheadMs: NOW - now })
  const { transport, clock } = server
  server.know(roster)
  const client = createPresenceClient({ transport, clock, initialUsers: roster, activity: false, lifecycle: null })
  const tree = (
    <Mode>
      <PresenceLocale locale={locale}>
        <PresenceProvider client={client}>
          <App />
        </PresenceProvider>
      </PresenceLocale>
    </Mode>
  )
  return { tree, client, clock }
}

inBothModes('hydration', (Mode) => {
  async function hydrate(beforehand: (client: ReturnType<typeof page>) => unknown = () => {}) {
    const container = document.createElement('div')
    document.body.append(container)
    container.innerHTML = renderToString(page(Mode, NOW, 'en').tree)
    const shown = container.textContent
    const errors: unknown[] = []
    const logged = vi.spyOn(console, 'error').mockImplementation((...args) => void errors.push(args))
    const browser = page(Mode, NOW + 10 * MINUTE, 'de')
    await beforehand(browser)
    const root = await act(async () =>
      hydrateRoot(container, browser.tree, { onRecoverableError: (error) => errors.push(error) }),
    )
    await act(() => browser.clock.advance(200))
    logged.mockRestore()
    const text = container.textContent
    await act(async () => root.unmount())
    container.remove()
    return { shown, errors, text }
  }

  test('BR-48: an initial roster hydrates without error on a clock 10 minutes off and in another language', async () => {
    const { shown, errors, text } = await hydrate()
    expect(shown).toBe(' busy  offline 2026-01-31 14:05 UTC unknown ')
    expect(errors).toEqual([])
    expect(text).toBe(' busy  offline vor 5 Minuten unknown ')
  })

  test('BR-48: so it does when the client has heard more than the server rendered', async () => {
    const { errors, text } = await hydrate(async ({ client, clock }) => {
      void client.connect()
      await clock.advance(200)
    })
    expect(errors).toEqual([])
    expect(text).toBe(' busy  offline vor 5 Minuten unknown ')
  })
})
