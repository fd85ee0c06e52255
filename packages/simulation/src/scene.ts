import type { PresenceChange } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import { createRequestNetwork, type RequestNetwork } from './http/request-network.ts'
import { createSightings, type Sightings } from './http/sightings.ts'
import { createNetwork, type Link, type Network } from './network.ts'
import { type Line, openPage, type Page, type Tab } from './page.ts'
import { createRandom, createSteadyRandom, type Random } from './random.ts'
import type { Script } from './script.ts'
import type { ServerNode } from './server.ts'
import type { CallFaultKind } from './store/faults.ts'
import { createSharedStore, type SharedStore } from './store/shared-store.ts'
import type { StoreClient } from './store/store-client.ts'
import { createWitness, type Witness } from './witness.ts'
import type { Worker } from './worker.ts'
import { createWorld, type World } from './world.ts'

/** Everything there is in a run, for whoever acts in it or looks at it. */
export interface Scene {
  readonly script: Script
  readonly world: World
  readonly shared: SharedStore
  readonly network: Network
  readonly requests: RequestNetwork
  readonly witness: Witness
  /** What servers heard of connections over HTTP. */
  readonly sightings: Sightings
  /** By name: the process that runs there now, or ran last. */
  readonly nodes: Map<string, ServerNode>
  /** Every process there ever was, by the id under which it holds connections. */
  readonly nodesById: Map<string, ServerNode>
  /** By name: where a later version runs, or will. */
  readonly updated: Set<string>
  readonly pages: Map<string, Page>
  readonly tabs: Map<string, Tab>
  readonly random: Random
  /** When the store last failed to answer for more than one user, lost data or a delivery; infinite while it fails. */
  disturbedAt(): number
  openPage(tab: Tab): void
  onMessage(listener: (page: Page, way: Link | Line, message: ServerMessage) => void): void
  onChange(listener: (node: ServerNode, change: PresenceChange) => void): void
  /** Calls back for each node that starts. */
  onNode(listener: (node: ServerNode) => void): void
  nodeStarted(node: ServerNode): void
  /** Calls back for each way to the store by which somebody may write. */
  onClient(listener: (client: StoreClient) => void): void
  clientConnected(client: StoreClient): void
  /** A process that never starts; `null` until it works. */
  worker: Worker | null
  /** Calls back for each node that has stopped in order. `held`: its links when it began to. */
  onStopped(listener: (node: ServerNode, held: readonly Link[]) => void): void
  nodeStopped(node: ServerNode, held: readonly Link[]): void
  readonly changed: (node: ServerNode, change: PresenceChange) => void
}

/** Calls that are slow or executed twice are answered all the same. */
const HARMLESS: readonly CallFaultKind[] = ['slow', 'twice', 'lopsided']

export function createScene(script: Script): Scene {
  const world = createWorld()
  const random = script.steady ? createSteadyRandom('scene') : createRandom(script.seed)
  const shared = createSharedStore(world, random.fork('store'), script.store)
  const network = createNetwork(world, random.fork('network'))
  const requests = createRequestNetwork(world, random.fork('requests'))
  const witness = createWitness(() => world.now, shared.now)
  const nodes = new Map<string, ServerNode>()
  const sightings = createSightings(
    () => world.now,
    shared.now,
    witness,
    (server) => (nodes.get(server.name) as ServerNode).presence.policy,
  )
  requests.observe(sightings)
  const messageListeners: ((page: Page, way: Link | Line, message: ServerMessage) => void)[] = []
  const changeListeners: ((node: ServerNode, change: PresenceChange) => void)[] = []
  const stopListeners: ((node: ServerNode, held: readonly Link[]) => void)[] = []
  const nodeListeners: ((node: ServerNode) => void)[] = []
  const clientListeners: ((client: StoreClient) => void)[] = []
  const generations = new Map<string, number>()
  const scene: Scene = {
    script,
    world,
    shared,
    network,
    requests,
    witness,
    sightings,
    nodes,
    nodesById: new Map(),
    updated: new Set(),
    pages: new Map(),
    tabs: new Map(),
    random,
    disturbedAt() {
      let at = 0
      for (const { kind, from, until, userId } of shared.faults) {
        // That one user cannot be saved is no excuse for what becomes of others.
        if (userId === undefined && from <= world.now && !HARMLESS.includes(kind))
          at = Math.max(at, until > world.now ? Number.POSITIVE_INFINITY : until)
      }
      return Math.max(at, shared.feed.harmedAt, shared.damage.at(-1)?.at ?? 0)
    },
    openPage(tab) {
      const generation = generations.get(tab.name) ?? 0
      generations.set(tab.name, generation + 1)
      const page = openPage({
        world,
        network,
        requests,
        random,
        tab,
        generation,
        watched: script.watched ?? script.users,
        hear(of, way, message) {
          for (const listener of messageListeners) listener(of, way, message)
        },
      })
      scene.tabs.set(tab.name, tab)
      scene.pages.set(tab.name, page)
    },
    onMessage: (listener) => void messageListeners.push(listener),
    onChange: (listener) => void changeListeners.push(listener),
    onNode: (listener) => void nodeListeners.push(listener),
    nodeStarted(node) {
      for (const listener of nodeListeners) listener(node)
      scene.clientConnected(node.storeClient)
    },
    onClient: (listener) => void clientListeners.push(listener),
    clientConnected(client) {
      for (const listener of clientListeners) listener(client)
    },
    worker: null,
    onStopped: (listener) => void stopListeners.push(listener),
    nodeStopped(node, held) {
      for (const listener of stopListeners) listener(node, held)
    },
    changed(node, change) {
      for (const listener of changeListeners) listener(node, change)
    },
  }
  return scene
}
