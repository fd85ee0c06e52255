import { useActivity, useBrowserOnline, useConnectionStatus, useKeepActive, useMyPresence } from '@rollcall/react'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, renderHook } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { inBothModes, type Mode } from './modes.tsx'

function setup(Mode: Mode, client = createTestClient()) {
  const wrapper: Mode = ({ children }) => (
    <Mode>
      <TestPresence client={client}>{children}</TestPresence>
    </Mode>
  )
  return { client, wrapper }
}

afterEach(() => void vi.restoreAllMocks())

inBothModes('useBrowserOnline', (Mode) => {
  const network = (online: boolean) => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(online)
    window.dispatchEvent(new Event(online ? 'online' : 'offline'))
  }

  test('BR-54: is what navigator.onLine is, and follows both events', () => {
    const { result } = renderHook(useBrowserOnline, { wrapper: Mode })
    expect(result.current).toBe(true)
    act(() => network(false))
    expect(result.current).toBe(false)
    act(() => network(true))
    expect(result.current).toBe(true)
  })

  test('BR-54: leaves no listener behind, and needs no provider', () => {
    const added = vi.spyOn(window, 'addEventListener')
    const removed = vi.spyOn(window, 'removeEventListener')
    renderHook(useBrowserOnline, { wrapper: Mode }).unmount()
    const count = (spy: typeof added | typeof removed) =>
      spy.mock.calls.filter(([name]) => /^o(n|ff)line$/.test(name)).length
    expect(count(added)).toBeGreaterThan(0)
    expect(count(removed)).toBe(count(added))
  })
})

inBothModes('useConnectionStatus', (Mode) => {
  test('gives the state of the connection and follows it', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(useConnectionStatus, { wrapper })
    expect(result.current).toMatchObject({ status: 'connected', retryInMs: null, lastError: null, troubled: false })
    const lastError = { code: 'transport-closed', message: 'gone' }
    act(() => client.update({ connection: { status: 'reconnecting', since: 7, retryInMs: 300, lastError } }))
    expect(result.current).toMatchObject({ status: 'reconnecting', since: 7, retryInMs: 300, lastError })
  })

  test('is the same object until the connection changes', () => {
    const { client, wrapper } = setup(Mode)
    const { result, rerender } = renderHook(useConnectionStatus, { wrapper })
    const before = result.current
    act(() => client.setUser('ada', 'online'))
    rerender()
    expect(result.current).toBe(before)
  })

  test('reconnect() tries at once', () => {
    const { client, wrapper } = setup(Mode, createTestClient({ connection: 'reconnecting' }))
    const { result } = renderHook(useConnectionStatus, { wrapper })
    const { reconnect } = result.current
    act(() => reconnect())
    expect(client.calls).toEqual([{ name: 'reconnect', args: [] }])
    expect(result.current.status).toBe('connected')
  })
})

inBothModes('useMyPresence', (Mode) => {
  test('gives oneself, and functions that can be taken apart', async () => {
    const { wrapper } = setup(Mode)
    const { result } = renderHook(useMyPresence, { wrapper })
    expect(result.current[0]).toMatchObject({ userId: 'me', status: 'online', known: true })
    const [, { setStatus, setMessage, clear }] = result.current
    await act(() => setStatus('dnd', { for: '1h' }))
    await act(() => setMessage('in a meeting'))
    expect(result.current[0]).toMatchObject({ status: 'dnd', message: { text: 'in a meeting' } })
    await act(() => clear())
    expect(result.current[0].status).toBe('online')
  })

  test('renders only for oneself', () => {
    const { client, wrapper } = setup(Mode)
    let renders = 0
    renderHook(
      () => {
        renders += 1
        return useMyPresence()
      },
      { wrapper },
    )
    const before = renders
    act(() => client.setUser('ada', 'busy'))
    expect(renders).toBe(before)
  })
})

inBothModes('useActivity and useKeepActive', (Mode) => {
  test('says whether this client thinks its user idle', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(useActivity, { wrapper })
    expect(result.current.idle).toBe(false)
    act(() => client.idle())
    expect(result.current.idle).toBe(true)
  })

  test('keeps the user active while mounted and on, each hold released once', () => {
    const { client, wrapper } = setup(Mode)
    let held = 0
    vi.spyOn(client, 'keepActive').mockImplementation(() => {
      held += 1
      return () => {
        held -= 1
      }
    })
    const { rerender, unmount } = renderHook((on: boolean) => useKeepActive(on), { wrapper, initialProps: true })
    expect(held).toBe(1)
    rerender(false)
    expect(held).toBe(0)
    rerender(true)
    expect(held).toBe(1)
    unmount()
    expect(held).toBe(0)
  })
})
