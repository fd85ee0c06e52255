import { createPresenceClient, type PresenceClient } from '@rollcall/client'
import { PresenceProvider, useConnectionStatus, useMyPresence, useOnlineStatus, usePresenceIds } from '@rollcall/react'
import { act, render, renderHook } from '@testing-library/react'
import { memo } from 'react'
import { expect, test } from 'vitest'
import { createFakeServer, user } from './fake-server.ts'
import { inBothModes } from './modes.tsx'

const ids = (count: number) => Array.from({ length: count }, (_, i) => `u${i}`)

/** A client of a server in memory, whose readables count the calls of their listeners. */
function setup() {
  const server = createFakeServer()
  const { clock, transport } = server
  const options = { activity: false, lifecycle: null, storage: null } as const
  const client = createPresenceClient({ transport, clock, random: () => 0.5, ...options })
  const calls = { count: 0 }
  const counting: PresenceClient = {
    ...client,
    user(userId) {
      const { get, subscribe } = client.user(userId)
      return {
        get,
        subscribe: (listener) =>
          subscribe(() => {
            calls.count += 1
            listener()
          }),
      }
    },
  }
  const pass = (ms: number) => act(() => clock.advance(ms))
  return { server, client: counting, calls, pass }
}

const rendered = new Map<string, number>()
const Row = memo(({ userId }: { readonly userId: string }) => {
  const { status, stale } = useOnlineStatus(userId)
  rendered.set(userId, (rendered.get(userId) ?? 0) + 1)
  return <li>{`${userId} ${status}${stale ? ' stale' : ''}`}</li>
})

function rows(userIds: readonly string[]) {
  return userIds.map((userId) => <Row key={userId} userId={userId} />)
}

inBothModes('a roster of the real client', (Mode, mode) => {
  async function show(count: number, mounted: number) {
    const { server, client, calls, pass } = setup()
    server.know(ids(count).map((userId) => user(userId, { spaces: [{ space: 'lab', state: null }] })))
    client.members('lab').subscribe(() => {})
    const { container, rerender, unmount } = render(
      <PresenceProvider client={client}>{rows(ids(mounted))}</PresenceProvider>,
      { wrapper: Mode },
    )
    await pass(200)
    rendered.clear()
    calls.count = 0
    const text = (row: number) => container.children[row]?.textContent
    return { server, client, calls, pass, container, text, rerender, unmount }
  }
  const renders = () => [...rendered.values()].reduce((sum, count) => sum + count, 0)

  test('BR-40: in a list of 10,000 rows one change renders exactly one row and calls at most two listeners', async () => {
    const { server, calls, text } = await show(10_000, 10_000)
    expect(text(9_999)).toBe('u9999 online')
    await act(async () => server.set(user('u5000', { status: 'busy', spaces: [{ space: 'lab', state: null }] })))
    expect(text(5_000)).toBe('u5000 busy')
    expect([...rendered.keys()]).toEqual(['u5000'])
    expect(calls.count).toBeLessThanOrEqual(2)
  }, 30_000)

  test('BR-41: with 10,000 users and 40 rows, 5,000 single changes take less than 100 ms and render changed rows alone', async () => {
    const { server, text } = await show(10_000, 40)
    const rounds = ['busy', 'away', 'dnd', 'busy', 'away', 'online'] as const
    let bestMs = Number.POSITIVE_INFINITY
    for (const status of rounds) {
      // Of this process alone: the machine may have other things to do.
      const began = process.cpuUsage()
      await act(async () => {
        for (let i = 0; i < 5_000; i++) {
          server.set(user(`u${i * 2}`, { status, spaces: [{ space: 'lab', state: null }] }))
        }
      })
      const { user: own, system } = process.cpuUsage(began)
      bestMs = Math.min(bestMs, (own + system) / 1_000)
      expect(text(38)).toBe(`u38 ${status}`)
    }
    expect(bestMs).toBeLessThan(100)
    const changed = ids(40).filter((_, i) => i % 2 === 0)
    expect([...rendered.keys()].sort()).toEqual(changed.sort())
    // Strict Mode renders twice each time.
    const perChange = mode === 'plain' ? 1 : 2
    expect(renders()).toBe(rounds.length * changed.length * perChange)
  }, 30_000)

  test('BR-42: snapshots are frozen, and users who did not change keep their identity through a new snapshot', async () => {
    const { server, client, pass } = await show(3, 3)
    const before = client.user('u1').get()
    expect(Object.isFrozen(before)).toBe(true)
    await act(async () => server.cut())
    await pass(10_000)
    expect(client.connection.get().status).toBe('connected')
    expect(client.user('u1').get()).toBe(before)
  })

  test('BR-44: watches what is mounted, in one message per 50 ms, and no more 5 s after the last unmounted', async () => {
    const { server, client, pass } = setup()
    const { rerender } = render(<PresenceProvider client={client}>{rows(['a', 'b'])}</PresenceProvider>, {
      wrapper: Mode,
    })
    await pass(200)
    rerender(<PresenceProvider client={client}>{rows(['b', 'c', 'd'])}</PresenceProvider>)
    await pass(4_900)
    const watched = () => server.sent('watch').map(({ topics }) => topics.map(({ topic }) => topic))
    expect(watched()).toEqual([
      ['user:a', 'user:b'],
      ['user:c', 'user:d'],
    ])
    expect(server.sent('unwatch')).toEqual([])
    await pass(200)
    expect(server.sent('unwatch').flatMap(({ topics }) => topics)).toEqual(['user:a'])
  })

  test('BR-45: one hello, and no leave before the provider unmounts', async () => {
    const { server, pass, unmount } = await show(1, 1)
    await pass(1_000)
    expect(server.sent('hello')).toHaveLength(1)
    expect(server.sent('leave')).toEqual([])
    unmount()
    await act(() => new Promise<void>((resolve) => setTimeout(resolve)))
    expect(server.sent('leave')).toEqual([{ type: 'leave', scope: 'connection' }])
  })

  test('BR-56: while the line is cut everybody keeps their status, stale, and is fresh again on return', async () => {
    const { server, pass, text } = await show(3, 3)
    await act(async () => server.cut())
    expect([text(0), text(1), text(2)]).toEqual(['u0 online stale', 'u1 online stale', 'u2 online stale'])
    await pass(10_000)
    expect([text(0), text(1), text(2)]).toEqual(['u0 online', 'u1 online', 'u2 online'])
  })

  test('BR-43: usePresenceIds keeps its array while only statuses outside the query change', async () => {
    const { server, client, pass } = await show(5, 0)
    const seen: (readonly string[])[] = []
    renderHook(() => void seen.push(usePresenceIds({ space: 'lab', status: ['online', 'away'] })), {
      wrapper: ({ children }) => (
        <Mode>
          <PresenceProvider client={client}>{children}</PresenceProvider>
        </Mode>
      ),
    })
    await pass(100)
    const before = { list: seen.at(-1), renders: seen.length }
    expect(before.list).toEqual(ids(5))
    const spaces = [{ space: 'lab', state: null }]
    await act(async () => server.set(user('u1', { status: 'away', spaces })))
    await pass(100)
    expect(seen.length).toBe(before.renders)
    await act(async () => server.set(user('u1', { status: 'busy', spaces })))
    await pass(100)
    expect(seen.at(-1)).toEqual(['u0', 'u2', 'u3', 'u4'])
  })

  test('one’s own status shows at once, and is sent', async () => {
    const { server, client, pass } = setup()
    const { result } = renderHook(() => [useMyPresence(), useConnectionStatus().status] as const, {
      wrapper: ({ children }) => (
        <Mode>
          <PresenceProvider client={client}>{children}</PresenceProvider>
        </Mode>
      ),
    })
    await pass(100)
    const [[me, { setStatus }], connection] = result.current
    expect([me.status, connection]).toEqual(['online', 'connected'])
    await act(async () => void setStatus('dnd'))
    expect(result.current[0][0]).toMatchObject({ status: 'dnd', pending: false })
    expect(server.sent('claim')).toMatchObject([{ status: 'dnd' }])
  })
})
