// @vitest-environment node
import { createPresenceClient } from '@rollcall/client'
import {
  PresenceProvider,
  useActivity,
  useBrowserOnline,
  useConnectionStatus,
  useIsOnline,
  useMyPresence,
  useOnlineStatus,
  usePresenceCount,
  usePresenceIds,
  usePresenceSelector,
  useSpace,
  useTyping,
} from '@rollcall/react'
import { LastSeen, PresenceAnnouncer, StatusIndicator } from '@rollcall/react/components'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeServer, user } from './fake-server.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function Everything() {
  const read = {
    ada: useOnlineStatus('ada').status,
    isOnline: useIsOnline('ada'),
    browser: useBrowserOnline(),
    connection: useConnectionStatus(),
    me: useMyPresence()[0].status,
    ids: usePresenceIds({ space: 'lab' }),
    count: usePresenceCount({ space: 'lab' }),
    selected: usePresenceSelector((get, client) => get(client.user('ada')).known),
    members: useSpace('lab', { line: 1 }).members.length,
    typing: useTyping('lab')[0],
    activity: useActivity(),
  }
  return (
    <>
      <script type="application/json">{JSON.stringify(read).replaceAll('"', "'")}</script>
      <StatusIndicator status="away" pulse />
      <LastSeen timestamp={0} />
      <PresenceAnnouncer />
    </>
  )
}

function renderWith(initialUsers: Parameters<typeof createPresenceClient>[0]['initialUsers'] = []) {
  const server = createFakeServer()
  const client = createPresenceClient({ transport: server.transport, clock: server.clock, initialUsers })
  const html = renderToString(
    <PresenceProvider client={client}>
      <Everything />
    </PresenceProvider>,
  )
  const json = (html.match(/json">(.*?)<\/script>/)?.[1] ?? '').replaceAll('&#x27;', '"').replaceAll("'", '"')
  return { html, read: JSON.parse(json), server }
}

test('BR-47: renders everybody unknown on the server, without a window, a timer, a message or a warning', () => {
  expect(typeof window).toBe('undefined')
  const warned = vi.spyOn(console, 'error')
  const { read, server } = renderWith()
  expect(read).toEqual({
    ada: 'unknown',
    isOnline: false,
    browser: true,
    connection: expect.objectContaining({ status: 'idle', since: 0 }),
    me: 'unknown',
    ids: [],
    count: 0,
    selected: false,
    members: 0,
    typing: [],
    activity: { idle: false, since: 0 },
  })
  expect(warned).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
  expect(server.clock.pending).toBe(0)
  expect(server.received).toEqual([])
})

test('BR-47: renders the users that the client knows from elsewhere', () => {
  const { read } = renderWith([user('ada', { status: 'busy' })])
  expect(read).toMatchObject({ ada: 'busy', isOnline: true, selected: true })
})

test('BR-69: renders times in their absolute form', () => {
  expect(renderWith().html).toContain(
    '<time dateTime="1970-01-01T00:00:00.000Z" title="1970-01-01 00:00 UTC">1970-01-01 00:00 UTC</time>',
  )
})
