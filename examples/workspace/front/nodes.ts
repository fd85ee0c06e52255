import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NodeReady, NodeReport } from '../shared/nodes.ts'
import type { Hub } from './hub.ts'

/** One place for a node, and the process in it. */
export type NodePlace = Pick<NodeReport, 'name' | 'state' | 'since' | 'port' | 'nodeId'>

export interface Nodes {
  readonly places: readonly NodePlace[]
  /** Resolves once the node listens; nothing happens while one runs. Rejects when the process ends before. */
  start(name: string): Promise<void>
  /** Ends it as a crash would: it says a word to nobody. */
  kill(name: string): void
  /** Asks all of them to stop, and ends those that do not. */
  stop(): Promise<void>
}

interface NodesOptions {
  readonly count: number
  readonly hub: Hub
  /** What all nodes share: the store and its address, the key of the tokens. */
  readonly env: Readonly<Record<string, string>>
}

type Place = { -readonly [K in keyof NodePlace]: NodePlace[K] } & { process: ChildProcess | null }

const SERVER = fileURLToPath(new URL('../server.ts', import.meta.url))
/** How long a node may take to say goodbye to everybody. */
const STOP_MS = 5_000

/** Node processes, each a `server.ts` on a port of its own. */
export function createNodes({ count, hub, env }: NodesOptions): Nodes {
  const places = Array.from({ length: count }, (_, i) => emptyPlace(String(i + 1)))
  const placeOf = (name: string) => places.find((place) => place.name === name)
  const turn = (place: Place, to: Partial<Place> & Pick<Place, 'state'>) =>
    Object.assign(place, to, { since: Date.now() })

  async function start(name: string): Promise<void> {
    const place = placeOf(name)
    if (place === undefined || place.process !== null) return
    const node = fork(SERVER, { env: { ...process.env, ...env, ROLLCALL_DEMO_NODE: name, PORT: '0' } })
    turn(place, { process: node, state: 'starting', port: null, nodeId: null })
    hub.add(node)
    const ended = new Promise<never>((_, reject) => {
      node.once('exit', (code, signal) => {
        turn(place, { process: null, state: place.state === 'killed' ? 'killed' : 'ended' })
        reject(new Error(`node ${name} ended with ${code ?? signal} before it listened`))
      })
    })
    const ready = new Promise<void>((resolve) => {
      node.on('message', (message: object) => {
        if (!('ready' in message)) return
        turn(place, { state: 'up', ...(message as NodeReady).ready })
        resolve()
      })
    })
    await Promise.race([ready, ended])
  }

  return {
    places,
    start,
    kill(name) {
      const place = placeOf(name)
      if (!place?.process) return
      turn(place, { state: 'killed' })
      place.process.kill('SIGKILL')
    },
    async stop() {
      await Promise.all(
        places.map(async ({ process: node }) => {
          if (node === null) return
          const gone = once(node, 'exit')
          node.kill('SIGTERM')
          const late = setTimeout(() => node.kill('SIGKILL'), STOP_MS)
          await gone
          clearTimeout(late)
        }),
      )
    },
  }
}

const emptyPlace = (name: string): Place => ({
  name,
  state: 'ended',
  since: Date.now(),
  port: null,
  nodeId: null,
  process: null,
})
