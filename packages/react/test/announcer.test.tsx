import { german, PresenceAnnouncer, PresenceLocale } from '@rollcall/react/components'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, render } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inBothModes } from './modes.tsx'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms))

inBothModes('PresenceAnnouncer', (Mode) => {
  function setup(announcer = <PresenceAnnouncer />) {
    const client = createTestClient({ users: { ada: 'offline', grace: 'offline', alan: 'offline', mary: 'online' } })
    const { container, unmount } = render(<TestPresence client={client}>{announcer}</TestPresence>, { wrapper: Mode })
    const set = (userId: string, status: 'online' | 'away' | 'offline') => act(() => client.setUser(userId, status))
    return { client, set, unmount, region: container.firstElementChild as HTMLElement }
  }

  test('BR-68: is one polite region, silent at first', () => {
    const { region } = setup()
    expect(region.getAttribute('role')).toBe('status')
    expect(region.textContent).toBe('')
    pass(60_000)
    expect(region.textContent).toBe('')
  })

  test('BR-68: tells what happens together in one sentence', () => {
    const { region, set } = setup()
    for (const userId of ['ada', 'grace', 'alan']) set(userId, 'online')
    set('mary', 'offline')
    expect(region.textContent).toBe('')
    pass(1_000)
    expect(region.textContent).toBe('3 people came online, mary went offline')
  })

  test('BR-68: speaks at most once per 5 s', () => {
    const { region, set } = setup()
    const spoken: string[] = []
    for (let second = 0; second < 60; second++) {
      const before = region.textContent
      set('ada', second % 2 === 0 ? 'online' : 'offline')
      set('grace', second % 3 === 0 ? 'online' : 'offline')
      pass(1_000)
      if (region.textContent !== before) spoken.push(region.textContent ?? '')
    }
    expect(spoken.length).toBeGreaterThan(1)
    expect(spoken.length).toBeLessThanOrEqual(12)
  })

  test('BR-68: says nothing of who came and went meanwhile, nor of changes among present statuses', () => {
    const { region, set } = setup()
    set('ada', 'online')
    set('ada', 'offline')
    set('mary', 'away')
    pass(10_000)
    expect(region.textContent).toBe('')
  })

  test('names people, and leaves out who is not included', () => {
    const { region, set } = setup(
      <PresenceAnnouncer includes={(id) => id !== 'grace'} nameOf={(id) => id.toUpperCase()} className="seen" />,
    )
    set('ada', 'online')
    set('grace', 'online')
    pass(1_000)
    expect(region.textContent).toBe('ADA came online')
    expect(region.className).toBe('seen')
  })

  test('BR-71: words without a sentence of their own are put beside the names', () => {
    const { region, set } = setup(
      <PresenceLocale words={german}>
        <PresenceAnnouncer />
      </PresenceLocale>,
    )
    set('ada', 'online')
    set('mary', 'offline')
    pass(1_000)
    expect(region.textContent).toBe('Online: ada; Offline: mary')
  })

  test('leaves no timer behind', () => {
    const { set, unmount } = setup()
    set('ada', 'online')
    unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})
