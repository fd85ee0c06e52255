import { useIsOnline, useOnlineStatus } from '@rollcall/react'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, renderHook } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { inBothModes, type Mode } from './modes.tsx'

function setup(Mode: Mode, client = createTestClient({ users: { ada: 'online' } })) {
  const wrapper: Mode = ({ children }) => (
    <Mode>
      <TestPresence client={client}>{children}</TestPresence>
    </Mode>
  )
  return { client, wrapper }
}

inBothModes('useOnlineStatus', (Mode) => {
  test('gives what is known of a user, and follows it', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(() => useOnlineStatus('ada'), { wrapper })
    expect(result.current).toMatchObject({ userId: 'ada', status: 'online', isOnline: true, stale: false, known: true })
    act(() => client.setUser('ada', { status: 'offline', statusSince: 5, lastSeenAt: 4 }))
    expect(result.current).toMatchObject({ status: 'offline', isOnline: false, statusSince: 5, lastSeenAt: 4 })
  })

  test('gives the client’s own frozen object, the same until that user changes', () => {
    const { client, wrapper } = setup(Mode)
    const { result, rerender } = renderHook(() => useOnlineStatus('ada'), { wrapper })
    const before = result.current
    expect(before).toBe(client.user('ada').get())
    act(() => client.setUser('grace', 'away'))
    rerender()
    expect(result.current).toBe(before)
    expect(Object.isFrozen(before)).toBe(true)
  })

  test('follows another user as soon as the id changes', () => {
    const { wrapper } = setup(Mode, createTestClient({ users: { ada: 'online', grace: 'dnd' } }))
    const { result, rerender } = renderHook((userId: string) => useOnlineStatus(userId), {
      wrapper,
      initialProps: 'ada',
    })
    rerender('grace')
    expect(result.current).toMatchObject({ userId: 'grace', status: 'dnd' })
  })

  test('BR-52: null and undefined give unknown and watch nothing', () => {
    const { client, wrapper } = setup(Mode)
    const listened = vi.spyOn(client.user(''), 'subscribe')
    for (const missing of [null, undefined, '']) {
      const { result, unmount } = renderHook(() => useOnlineStatus(missing), { wrapper })
      expect(result.current).toMatchObject({ status: 'unknown', isOnline: false, known: false })
      unmount()
    }
    expect(listened).not.toHaveBeenCalled()
  })

  test('BR-51: left out, the id is an error that names the hooks that were meant', () => {
    const { wrapper } = setup(Mode)
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    const wrong = useOnlineStatus as () => unknown
    const call = () => renderHook(() => wrong(), { wrapper })
    expect(call).toThrow('useBrowserOnline')
    expect(call).toThrow('useMyPresence')
    silenced.mockRestore()
  })

  test('BR-51: in production, an id that was left out is a user who is unknown', () => {
    const { wrapper } = setup(Mode)
    vi.stubEnv('NODE_ENV', 'production')
    const wrong = useOnlineStatus as () => unknown
    const { result } = renderHook(() => wrong(), { wrapper })
    vi.unstubAllEnvs()
    expect(result.current).toMatchObject({ status: 'unknown' })
  })

  test('BR-56: while the connection is down a user keeps their status, marked stale', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(() => useOnlineStatus('ada'), { wrapper })
    act(() => client.setUser('ada', { status: 'online', stale: true }))
    expect(result.current).toMatchObject({ status: 'online', isOnline: true, stale: true })
  })
})

inBothModes('useIsOnline', (Mode) => {
  test('BR-53: is a boolean, and renders only when it flips', () => {
    const { client, wrapper } = setup(Mode)
    let renders = 0
    const { result } = renderHook(
      () => {
        renders += 1
        return useIsOnline('ada')
      },
      { wrapper },
    )
    expect(result.current).toBe(true)
    const before = renders
    act(() => client.setUser('ada', 'busy'))
    act(() => client.setUser('ada', { status: 'away', message: { text: 'lunch', emoji: null, until: null } }))
    expect(renders).toBe(before)
    act(() => client.setUser('ada', 'offline'))
    expect(result.current).toBe(false)
    expect(renders).toBeGreaterThan(before)
  })

  test('nobody is not online', () => {
    const { wrapper } = setup(Mode)
    expect(renderHook(() => useIsOnline(undefined), { wrapper }).result.current).toBe(false)
  })
})
