import { useConnectionStatus } from '@rollcall/react'
import { useEffect, useState } from 'react'
import { useWorkspace } from '../workspace-context.ts'

const EVERY_MS = 5_000

/** The time to the server and back, measured by an event of the application's own; `null` while not known. */
export function useRoundTrip(): number | null {
  const { socket } = useWorkspace()
  const { status } = useConnectionStatus()
  const [ms, setMs] = useState<number | null>(null)
  useEffect(() => {
    setMs(null)
    if (status !== 'connected') return
    const measure = () => {
      const sentAt = performance.now()
      socket.emit('echo', () => setMs(performance.now() - sentAt))
    }
    measure()
    const timer = setInterval(measure, EVERY_MS)
    return () => clearInterval(timer)
  }, [socket, status])
  return ms
}
