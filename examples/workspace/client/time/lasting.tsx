import { useWorkspace } from '../workspace-context.ts'
import { useQuarterMinute } from './ticking.ts'
import { lasting, wholeTime } from './words.ts'

/** "12 min", kept current: how long since. */
export function Lasting({ since }: { readonly since: number }) {
  const { client } = useWorkspace()
  useQuarterMinute()
  return (
    <time dateTime={new Date(since).toISOString()} title={`Since ${wholeTime(since)}`}>
      {lasting(client.now() - since)}
    </time>
  )
}
