import {
  type Authenticated,
  createLeasedHost,
  type Ear,
  type Heard,
  type LeasedHost,
  type LeasedHostOptions,
  memoryStore,
  type Presence,
  type PresenceOptions,
} from '../../src/index.ts'
import { PROTOCOL_VERSION, type ServerMessage } from '../../src/protocol.ts'
import { createVirtualClock, type VirtualClock } from '../../src/testing.ts'
import { type FaultyStore, faultyStore } from '../engine/faulty-store.ts'
import { createTestNode } from '../engine/test-node.ts'

/** An ear that writes down what it hears. */
export interface RecordingEar extends Ear {
  readonly heard: ServerMessage[]
  ended: boolean
  all<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[]
  last<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>
}

export interface LeasedRig {
  readonly clock: VirtualClock
  readonly store: FaultyStore
  /** Two nodes, each with its host. */
  readonly nodes: readonly { readonly presence: Presence; readonly host: LeasedHost<string> }[]
  readonly refusals: { code: string; kind: string; userId: string | null }[]
  /** Says hello at a node and answers the connection. */
  enter(userId: string, hello?: object, at?: number): Promise<Extract<ServerMessage, { type: 'welcome' }>>
  listen(
    userId: string,
    connectionId: string | null,
    topics?: readonly unknown[],
    at?: number,
  ): Promise<RecordingEar & { detach(): void }>
}

export function recordingEar(): RecordingEar {
  const heard: ServerMessage[] = []
  const ear: RecordingEar = {
    heard,
    ended: false,
    hear: (message) => void heard.push(message),
    end() {
      ear.ended = true
    },
    all: (type) => heard.filter((message) => message.type === type) as never,
    last(type) {
      const found = ear.all(type).at(-1)
      if (found === undefined) throw new Error(`no ${type} among ${heard.map((message) => message.type)}`)
      return found
    },
  }
  return ear
}

/** Tokens are user ids; `nobody` is refused, `broken` throws. */
export async function leasedRig(
  options: Partial<PresenceOptions> = {},
  hostOptions: Partial<LeasedHostOptions<string>> = {},
  identityOf: (userId: string) => Authenticated | null = (userId) => ({ userId, sessionId: `session of ${userId}` }),
): Promise<LeasedRig> {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const refusals: LeasedRig['refusals'] = []
  const makeNode = async () => {
    const { presence } = await createTestNode({ ...options, clock, store })
    presence.on('refused', (refusal) => refusals.push({ ...refusal }))
    const authenticate = (token: string) => {
      if (token === 'broken') throw new Error('the directory is away')
      return token === 'nobody' ? null : identityOf(token)
    }
    return { presence, host: createLeasedHost<string>(presence, { authenticate, ...hostOptions }) }
  }
  const nodes = [await makeNode(), await makeNode()]
  const hostAt = (at: number) => (nodes[at] as (typeof nodes)[number]).host
  return {
    clock,
    store,
    nodes,
    refusals,
    async enter(userId, hello = {}, at = 0) {
      const said = { version: PROTOCOL_VERSION, token: null, instance: `page of ${userId}`, ...hello }
      const [welcome] = await hostAt(at).connect(userId, said)
      if (welcome?.type !== 'welcome') throw new Error(`not welcomed: ${JSON.stringify(welcome)}`)
      return welcome
    },
    async listen(userId, connectionId, topics = [], at = 0) {
      const ear = recordingEar()
      const heard = await hostAt(at).listen(userId, connectionId, topics, ear)
      if (!('detach' in heard)) throw new Error(`not heard: ${JSON.stringify(heard)}`)
      await clock.advance(100)
      return Object.assign(ear, { detach: (heard as Heard).detach })
    },
  }
}
