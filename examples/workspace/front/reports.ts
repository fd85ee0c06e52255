import type { NodeReport, NodesReport, OwnReport } from '../shared/nodes.ts'
import type { NodePlace } from './nodes.ts'

const TIMEOUT_MS = 2_000

/**
 * Which node holds whom: each that lives is asked for itself, and for those that died one of the living.
 *
 * @param authorization of the admin who asks; the nodes check it themselves.
 */
export async function collectReports(
  places: readonly NodePlace[],
  store: string,
  authorization: string,
): Promise<NodesReport> {
  const living = places.find(({ state }) => state === 'up')
  const ask = async <T>(port: number | null, path: string): Promise<T | null> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization }, signal })
    return answer.then(async (response) => (response.ok ? ((await response.json()) as T) : null)).catch(() => null)
  }
  const reportOf = async ({ name, state, since, port, nodeId }: NodePlace): Promise<NodeReport> => {
    const place = { name, state, since, port, nodeId, held: null, userIds: null }
    if (state === 'up') return { ...place, ...(await ask<OwnReport>(port, '/api/node')) }
    if (nodeId === null || living === undefined) return place
    return { ...place, ...(await ask<Pick<OwnReport, 'userIds'>>(living.port, `/api/held-by/${nodeId}`)) }
  }
  return { store, at: Date.now(), nodes: await Promise.all(places.map(reportOf)) }
}
