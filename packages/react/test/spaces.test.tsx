import { useMembers, useMembership, useSignal, useSpace, useTyping } from '@rollcall/react'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { inBothModes, type Mode, oneMacrotask } from './modes.tsx'

function setup(Mode: Mode) {
  let time = 1_000_000
  const client = createTestClient({ users: { ada: { spaces: { doc: { line: 3 } } } }, now: () => time })
  const wrapper: Mode = ({ children }) => (
    <Mode>
      <TestPresence client={client}>{children}</TestPresence>
    </Mode>
  )
  const standing = () =>
    client
      .members('doc')
      .get()
      .map(({ userId, state }) => [userId, state])
  const signals = () => client.calls.filter(({ name }) => name === 'signal').map(({ args }) => args)
  const advance = (ms: number) => {
    time += ms
  }
  return { client, wrapper, standing, signals, advance }
}

inBothModes('useSpace', (Mode) => {
  test('stands in the space while mounted, and shows who else does', async () => {
    const { wrapper, standing } = setup(Mode)
    const { result, unmount } = renderHook(() => useSpace('doc', { line: 1 }), { wrapper })
    expect(result.current.members).toMatchObject([
      { userId: 'ada', presence: { status: 'online' }, state: { line: 3 } },
      { userId: 'me', state: { line: 1 } },
    ])
    unmount()
    await oneMacrotask()
    expect(standing()).toEqual([['ada', { line: 3 }]])
  })

  test('never stands outside in between, when unmounted and mounted again at once', async () => {
    const { client, wrapper, standing } = setup(Mode)
    const seen: number[] = []
    const first = renderHook(() => useSpace('doc'), { wrapper })
    client.members('doc').subscribe(() => seen.push(standing().length))
    first.unmount()
    renderHook(() => useSpace('doc'), { wrapper })
    await oneMacrotask()
    expect(standing()).toHaveLength(2)
    expect(seen.every((count) => count === 2)).toBe(true)
  })

  test('setState replaces the state there, and is always the same function', () => {
    const { wrapper, standing } = setup(Mode)
    const { result, rerender } = renderHook(() => useSpace('doc', { line: 1 }), { wrapper })
    const { setState } = result.current
    act(() => setState({ line: 2 }))
    expect(standing()).toContainEqual(['me', { line: 2 }])
    rerender()
    expect(result.current.setState).toBe(setState)
    expect(standing()).toContainEqual(['me', { line: 2 }])
  })

  test('a state with another value replaces the last one; an equal one is nothing new', () => {
    const { client, wrapper, standing } = setup(Mode)
    const { rerender } = renderHook((line: number) => useSpace('doc', { line }), { wrapper, initialProps: 1 })
    const entered = client.calls.length
    rerender(1)
    rerender(2)
    expect(standing()).toContainEqual(['me', { line: 2 }])
    expect(client.calls.length).toBe(entered)
  })

  test('moves to another space with its name', async () => {
    const { client, wrapper } = setup(Mode)
    const { rerender } = renderHook((space: string) => useSpace(space), { wrapper, initialProps: 'doc' })
    rerender('lab')
    await oneMacrotask()
    expect(
      client
        .members('doc')
        .get()
        .map(({ userId }) => userId),
    ).toEqual(['ada'])
    expect(
      client
        .members('lab')
        .get()
        .map(({ userId }) => userId),
    ).toEqual(['me'])
  })

  test('enters and watches nothing while the name is missing', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(() => useSpace(undefined), { wrapper })
    expect(result.current.members).toEqual([])
    act(() => result.current.setState(null))
    expect(client.calls).toEqual([])
  })
})

inBothModes('useMembers and useMembership', (Mode) => {
  test('useMembers watches without entering', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(() => useMembers('doc'), { wrapper })
    expect(result.current.map(({ userId }) => userId)).toEqual(['ada'])
    expect(client.calls).toEqual([])
  })

  test('useMembership enters without rendering when others come and go', () => {
    const { client, wrapper, standing } = setup(Mode)
    let renders = 0
    renderHook(
      () => {
        renders += 1
        return useMembership('doc', { line: 9 })
      },
      { wrapper },
    )
    const before = renders
    act(() => client.setUser('grace', { spaces: { doc: null } }))
    expect(standing()).toContainEqual(['me', { line: 9 }])
    expect(renders).toBe(before)
  })
})

inBothModes('useSignal', (Mode) => {
  test('shows who sends a signal now, and sends it', () => {
    const { client, wrapper, signals } = setup(Mode)
    const { result } = renderHook(() => useSignal('doc', 'wave'), { wrapper })
    act(() => client.receive('doc', 'ada', 'wave', { hand: 'left' }))
    expect(result.current[0]).toMatchObject([{ userId: 'ada', data: { hand: 'left' } }])
    expect(result.current[1]({ hand: 'right' }, { for: '2s' })).toBe(true)
    expect(signals()).toEqual([['doc', 'wave', { hand: 'right' }, { for: '2s' }]])
    act(() => client.receive('doc', 'ada', 'wave', null))
    expect(result.current[0]).toEqual([])
  })

  test('says that nothing was sent without a connection or a space', () => {
    const { client, wrapper } = setup(Mode)
    const { result, rerender } = renderHook((space: string | null) => useSignal(space, 'wave'), {
      wrapper,
      initialProps: null as string | null,
    })
    expect(result.current[1]()).toBe(false)
    act(() => client.update({ connection: 'reconnecting' }))
    rerender('doc')
    expect(result.current[1]()).toBe(false)
  })
})

inBothModes('useTyping', (Mode) => {
  const begin = ['doc', 'typing', undefined, { for: 4_000 }]
  const end = ['doc', 'typing', undefined, { for: 0 }]

  test('shows the ids of who else types', () => {
    const { client, wrapper } = setup(Mode)
    const { result } = renderHook(() => useTyping('doc'), { wrapper })
    act(() => client.receive('doc', 'ada', 'typing', true))
    expect(result.current[0]).toEqual(['ada'])
  })

  test('sends at most one signal per 2 s however many keys are struck', () => {
    const { wrapper, signals, advance } = setup(Mode)
    const { result } = renderHook(() => useTyping('doc'), { wrapper })
    for (let key = 0; key < 100; key++) result.current[1](true)
    expect(signals()).toEqual([begin])
    advance(1_999)
    result.current[1](true)
    expect(signals()).toHaveLength(1)
    advance(1)
    result.current[1](true)
    expect(signals()).toEqual([begin, begin])
  })

  test('ends it once, on purpose or by unmounting, and only what was begun', () => {
    const { wrapper, signals } = setup(Mode)
    const { result, unmount } = renderHook(() => useTyping('doc'), { wrapper })
    result.current[1](false)
    expect(signals()).toEqual([])
    result.current[1](true)
    result.current[1](false)
    result.current[1](false)
    expect(signals()).toEqual([begin, end])
    result.current[1](true)
    unmount()
    expect(signals()).toEqual([begin, end, begin, end])
  })

  test('a signal that could not go out does not hold back the next one', () => {
    const { client, wrapper, signals } = setup(Mode)
    const { result } = renderHook(() => useTyping('doc'), { wrapper })
    act(() => client.update({ connection: 'reconnecting' }))
    result.current[1](true)
    act(() => client.update({ connection: 'connected' }))
    result.current[1](true)
    expect(signals()).toEqual([begin, begin])
  })
})
