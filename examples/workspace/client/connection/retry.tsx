import { useConnectionStatus } from '@rollcall/react'
import { useState } from 'react'
import { useSecond } from '../time/ticking.ts'
import { countdown } from '../time/words.ts'

/** When the next attempt comes, as far as is known: a socket that presence borrows comes back when its owner tries. */
export function Retry() {
  const { status, retryInMs } = useConnectionStatus()
  if (status !== 'reconnecting' && status !== 'connecting') return null
  return (
    <span data-testid="retry">{retryInMs === null ? 'Trying.' : <Countdown key={retryInMs} ms={retryInMs} />}</span>
  )
}

/** `ms` counts from the moment it was first shown. */
function Countdown({ ms }: { readonly ms: number }) {
  const now = useSecond()
  const [startedAt] = useState(now)
  return (
    <>
      Next try in <span className="figures">{countdown(startedAt + ms - now)}</span>.
    </>
  )
}
