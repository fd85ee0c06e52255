import { useCallback, useEffect, useState } from 'react'
import type { NodesReport } from '../../shared/nodes.ts'
import { callApi } from '../api.ts'
import { freshToken } from '../session.ts'

const EVERY_MS = 1_000

export interface NodesView {
  /** `null` until the first answer; the last one stays when no other comes. */
  readonly report: NodesReport | null
  /** Who was not where they are in the report before. */
  readonly arrived: ReadonlySet<string>
  readonly problem: string | null
  act(name: string, action: 'kill' | 'start'): void
}

const ask = async <T>(path: string, body?: Record<string, never>) =>
  callApi<T>(`/api/admin/nodes${path}`, { token: await freshToken(), ...(body && { body }) })

const NOBODY: ReadonlySet<string> = new Set()
const NOTHING = { report: null, arrived: NOBODY }

function arrivals(before: NodesReport | null, now: NodesReport): ReadonlySet<string> {
  if (before === null) return NOBODY
  const were = new Map(before.nodes.map(({ name, userIds }) => [name, new Set(userIds ?? [])]))
  return new Set(now.nodes.flatMap(({ name, userIds }) => (userIds ?? []).filter((id) => !were.get(name)?.has(id))))
}

/** Which node holds whom, asked anew each second as long as somebody looks. */
export function useNodes(): NodesView {
  const [{ report, arrived }, setSeen] = useState<Pick<NodesView, 'report' | 'arrived'>>(NOTHING)
  const [problem, setProblem] = useState<string | null>(null)
  const look = useCallback(
    () =>
      ask<NodesReport>('').then(
        (next) => setSeen((seen) => ({ report: next, arrived: arrivals(seen.report, next) })),
        (error: Error) => setProblem(error.message),
      ),
    [],
  )

  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = async () => {
      await look()
      if (!over) timer = setTimeout(again, EVERY_MS)
    }
    void again()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [look])

  const act = useCallback(
    (name: string, action: 'kill' | 'start') => {
      setProblem(null)
      ask(`/${name}/${action}`, {}).then(look, (error: Error) => setProblem(error.message))
    },
    [look],
  )
  return { report, arrived, problem, act }
}
