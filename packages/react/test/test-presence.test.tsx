import { useIsOnline, useMyPresence, useOnlineStatus, usePresenceIds } from '@rollcall/react'
import { TestPresence } from '@rollcall/react/testing'
import { render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { inBothModes } from './modes.tsx'

function Row({ userId }: { readonly userId: string }) {
  const { status } = useOnlineStatus(userId)
  return <li>{`${userId} ${status} ${useIsOnline(userId)}`}</li>
}
function Roster() {
  const [me] = useMyPresence()
  return (
    <>
      <h1>{me.status}</h1>
      {usePresenceIds({ space: 'lab' }).map((userId) => (
        <Row key={userId} userId={userId} />
      ))}
      <Row userId="stranger" />
    </>
  )
}

inBothModes('TestPresence', (Mode) => {
  test('shows the given users through the same hooks, at once', () => {
    const { container } = render(
      <TestPresence
        me="busy"
        users={{ ada: { spaces: { lab: null } }, grace: { status: 'away', spaces: { lab: null } } }}
      >
        <Roster />
      </TestPresence>,
      { wrapper: Mode },
    )
    const rows = [...container.querySelectorAll('li')].map((row) => row.textContent)
    expect(container.querySelector('h1')?.textContent).toBe('busy')
    expect(rows).toEqual(['ada online true', 'grace away true', 'stranger unknown false'])
  })

  test('plays the change when it is rendered again', () => {
    const { container, rerender } = render(<TestPresence users={{ ada: 'online' }} />, { wrapper: Mode })
    rerender(
      <TestPresence users={{ ada: 'offline' }}>
        <Row userId="ada" />
      </TestPresence>,
    )
    expect(container.textContent).toBe('ada offline false')
  })
})
