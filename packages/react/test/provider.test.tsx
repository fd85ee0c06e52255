import { PresenceProvider, useMyPresence, usePresenceClient } from '@rollcall/react'
import { createTestClient, type TestPresenceClient } from '@rollcall/react/testing'
import { render, renderHook } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { inBothModes, oneMacrotask } from './modes.tsx'

const names = (client: TestPresenceClient) => client.calls.map(({ name }) => name)

function Me() {
  return useMyPresence()[0].status
}

inBothModes('PresenceProvider', (Mode) => {
  const idle = () => createTestClient({ connection: 'idle' })

  test('BR-45: connects once and disconnects once, one macrotask after it unmounted', async () => {
    const client = idle()
    const { unmount } = render(<PresenceProvider client={client} />, { wrapper: Mode })
    await oneMacrotask()
    expect(names(client)).toEqual(['connect'])
    unmount()
    expect(names(client)).toEqual(['connect'])
    await oneMacrotask()
    expect(names(client)).toEqual(['connect', 'disconnect'])
  })

  test('BR-45: stays connected when it is moved: unmounted and mounted again at once', async () => {
    const client = idle()
    const { rerender } = render(<PresenceProvider key="left" client={client} />, { wrapper: Mode })
    rerender(<PresenceProvider key="right" client={client} />)
    await oneMacrotask()
    expect(names(client)).toEqual(['connect'])
  })

  test('providers of one client share its connection, which the last one ends', async () => {
    const client = idle()
    const first = render(<PresenceProvider client={client} />, { wrapper: Mode })
    const second = render(<PresenceProvider client={client} />, { wrapper: Mode })
    first.unmount()
    await oneMacrotask()
    expect(names(client)).toEqual(['connect'])
    second.unmount()
    await oneMacrotask()
    expect(names(client)).toEqual(['connect', 'disconnect'])
  })

  test('connects again when it comes back after its connection was closed', async () => {
    const client = idle()
    render(<PresenceProvider client={client} />, { wrapper: Mode }).unmount()
    await oneMacrotask()
    render(<PresenceProvider client={client} />, { wrapper: Mode })
    expect(names(client)).toEqual(['connect', 'disconnect', 'connect'])
  })

  test('moves to another client: connects that one, disconnects the first', async () => {
    const [first, second] = [idle(), idle()]
    const { rerender } = render(<PresenceProvider client={first} />, { wrapper: Mode })
    rerender(<PresenceProvider client={second} />)
    await oneMacrotask()
    expect(names(first)).toEqual(['connect', 'disconnect'])
    expect(names(second)).toEqual(['connect'])
  })

  test('leaves a connection alone that the application made', async () => {
    const client = createTestClient({ connection: 'connected' })
    render(<PresenceProvider client={client} />, { wrapper: Mode }).unmount()
    await oneMacrotask()
    expect(names(client)).toEqual([])
  })

  test('neither connects nor disconnects with autoConnect={false}', async () => {
    const client = idle()
    render(<PresenceProvider client={client} autoConnect={false} />, { wrapper: Mode }).unmount()
    await oneMacrotask()
    expect(names(client)).toEqual([])
  })

  test('BR-46: of two components using my presence, one unmounts without leaving', async () => {
    const client = idle()
    const tree = (both: boolean) => (
      <PresenceProvider client={client}>
        <Me />
        {both && <Me />}
      </PresenceProvider>
    )
    const { container, rerender } = render(tree(true), { wrapper: Mode })
    rerender(tree(false))
    await oneMacrotask()
    expect(names(client)).toEqual(['connect'])
    expect(container.textContent).toBe('online')
  })

  test('hands its client to usePresenceClient', () => {
    const client = idle()
    const { result } = renderHook(usePresenceClient, {
      wrapper: ({ children }) => (
        <Mode>
          <PresenceProvider client={client}>{children}</PresenceProvider>
        </Mode>
      ),
    })
    expect(result.current).toBe(client)
  })

  test('a hook outside of a provider says what is missing', () => {
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => renderHook(usePresenceClient, { wrapper: Mode })).toThrow('no <PresenceProvider> above')
    silenced.mockRestore()
  })
})
