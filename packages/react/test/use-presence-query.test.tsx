import { usePresenceCount, usePresenceIds, usePresenceSelector } from '@rollcall/react'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, renderHook } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { derive } from '../src/store/derive.ts'
import { inBothModes, type Mode } from './modes.tsx'

const team = ['ada', 'grace', 'alan']

function setup(Mode: Mode) {
  const client = createTestClient({ users: { ada: 'online', grace: 'away', alan: { spaces: { lab: null } } } })
  const wrapper: Mode = ({ children }) => (
    <Mode>
      <TestPresence client={client}>{children}</TestPresence>
    </Mode>
  )
  return { client, wrapper }
}

/** Renders a hook and counts its renders. */
function counted<T>(use: () => T, wrapper: Mode) {
  let renders = 0
  const { result, rerender } = renderHook(
    () => {
      renders += 1
      return use()
    },
    { wrapper },
  )
  return { result, rerender, renders: () => renders }
}

inBothModes('usePresenceIds and usePresenceCount', (Mode) => {
  test('give the ids and the number of a query, and follow it', () => {
    const { client, wrapper } = setup(Mode)
    const ids = renderHook(() => usePresenceIds({ userIds: team, status: ['online', 'away'] }), { wrapper })
    const count = renderHook(() => usePresenceCount({ userIds: team, status: 'online' }), { wrapper })
    expect(ids.result.current).toEqual(['ada', 'grace', 'alan'])
    expect(count.result.current).toBe(2)
    act(() => client.setUser('ada', 'offline'))
    expect(ids.result.current).toEqual(['grace', 'alan'])
    expect(count.result.current).toBe(1)
  })

  test('BR-43: the ids are the same array, unrendered, while only what is outside the query changes', () => {
    const { client, wrapper } = setup(Mode)
    const { result, renders } = counted(() => usePresenceIds({ userIds: team, status: ['online', 'away'] }), wrapper)
    const before = { ids: result.current, renders: renders() }
    act(() => client.setUser('ada', 'away'))
    act(() => client.setUser('grace', { status: 'away', message: { text: 'tea', emoji: null, until: null } }))
    act(() => client.setUser('stranger', 'online'))
    expect(result.current).toBe(before.ids)
    expect(renders()).toBe(before.renders)
  })

  test('a query written anew with each render is the same query', () => {
    const { wrapper } = setup(Mode)
    const { result, rerender } = counted(() => usePresenceIds({ space: 'lab' }), wrapper)
    const before = result.current
    expect(before).toEqual(['alan'])
    rerender()
    expect(result.current).toBe(before)
  })
})

inBothModes('usePresenceSelector', (Mode) => {
  test('gives anything, and renders only when the result changes', () => {
    const { client, wrapper } = setup(Mode)
    const { result, renders } = counted(
      () => usePresenceSelector((read, from) => team.filter((id) => read(from.user(id)).isOnline).length),
      wrapper,
    )
    expect(result.current).toBe(3)
    const before = renders()
    act(() => client.setUser('ada', 'busy'))
    expect(renders()).toBe(before)
    act(() => client.setUser('ada', 'offline'))
    expect(result.current).toBe(2)
  })

  test('keeps its result while isEqual says so, also when select is written anew', () => {
    const { client, wrapper } = setup(Mode)
    const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join()
    const { result, rerender } = counted(
      () => usePresenceSelector((read, from) => team.filter((id) => read(from.user(id)).isOnline), same),
      wrapper,
    )
    const before = result.current
    act(() => client.setUser('ada', 'dnd'))
    rerender()
    expect(result.current).toBe(before)
  })

  test('without isEqual a selector that builds an array renders once per change, not for ever', () => {
    const { client, wrapper } = setup(Mode)
    const { result, renders } = counted(
      () => usePresenceSelector((read, from) => [read(from.user('ada')).status]),
      wrapper,
    )
    const before = renders()
    act(() => client.setUser('ada', 'busy'))
    expect(result.current).toEqual(['busy'])
    expect(renders() - before).toBeLessThanOrEqual(2)
  })
})

describe('derive', () => {
  function cell<T>(value: T) {
    const listeners = new Set<() => void>()
    return {
      listeners,
      get: () => value,
      set(next: T) {
        value = next
        for (const listener of [...listeners]) listener()
      },
      subscribe(listener: () => void) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    }
  }

  test('follows what the last run read, and nothing else', () => {
    const [which, left, right] = [cell<'left' | 'right'>('left'), cell('l'), cell('r')]
    let told = 0
    const derived = derive((read) => read(read(which) === 'left' ? left : right), Object.is)
    const stop = derived.subscribe(() => {
      told += 1
    })
    expect([left.listeners.size, right.listeners.size]).toEqual([1, 0])
    which.set('right')
    expect([derived.get(), told]).toEqual(['r', 1])
    expect([left.listeners.size, right.listeners.size]).toEqual([0, 1])
    left.set('unseen')
    expect(told).toBe(1)
    stop()
    expect([which, left, right].map(({ listeners }) => listeners.size)).toEqual([0, 0, 0])
  })

  test('runs again only when something it read changed', () => {
    const source = cell(1)
    let runs = 0
    const derived = derive((read) => {
      runs += 1
      return { value: read(source) }
    }, Object.is)
    expect(derived.get()).toBe(derived.get())
    expect(runs).toBe(1)
    source.set(2)
    expect(derived.get()).toEqual({ value: 2 })
    expect(runs).toBe(2)
  })
})
