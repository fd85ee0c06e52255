import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { PolicyOptions } from '@rollcall/core'
import type { Answer, NodeCommands, NodeReport, NodeSettings, Standing } from './node-protocol.ts'
import type { StorePlace } from './stores.ts'

/** A report, and which node made it. */
export type Reported<T extends NodeReport['type']> = Extract<NodeReport, { type: T }> & { readonly node: ClusterNode }

type Ask = {
  [C in keyof NodeCommands]: (...args: Parameters<NodeCommands[C]>) => Promise<Awaited<ReturnType<NodeCommands[C]>>>
}

/** What a node refused or could not do, with the code of its error. */
export class NodeFailure extends Error {
  readonly code: string | null
  constructor(code: string | null, message: string) {
    super(message)
    this.code = code
  }
}

/** One node in a process of its own. */
export interface ClusterNode {
  readonly pid: number
  /** Everything it was ever asked rejects with {@link NodeFailure}, also when the process ends before it answers. */
  readonly ask: Ask
  /** What its watcher sees now: everything since `ask.watch`, folded. Present users only. */
  readonly mirror: ReadonlyMap<string, string>
  /** `SIGTERM`: it drains first. Resolves when the process has ended. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export interface Cluster extends AsyncDisposable {
  /** Every report of one kind, of all nodes there ever were, in the order in which they arrived. */
  reports<T extends NodeReport['type']>(type: T): readonly Reported<T>[]
  start(options?: { readonly port?: number }): Promise<ClusterNode>
}

export interface ClusterOptions {
  readonly place: StorePlace
  readonly policy?: PolicyOptions
  readonly timeoutMs?: number
}

/** What must not happen at all: what was thrown into the application of a node; with `errors` also its error events. */
export function troublesOf(cluster: Cluster, { errors = false } = {}): readonly string[] {
  const thrown = cluster.reports('threw').map(({ message }) => message)
  return errors ? [...thrown, ...cluster.reports('error').map(({ code, message }) => `${code}: ${message}`)] : thrown
}

/** Nodes that share a store, each in a process of its own. Disposing kills what still runs. */
export function createCluster({ place, policy = {}, timeoutMs = 5000 }: ClusterOptions): Cluster {
  const running = new Set<ClusterNode>()
  const reports = new Map<string, Reported<NodeReport['type']>[]>()
  return {
    reports<T extends NodeReport['type']>(type: T) {
      return (reports.get(type) ?? []) as unknown as readonly Reported<T>[]
    },
    async start(options = {}) {
      const node = await startNode({ place, policy, timeoutMs, ...options }, (by, report) => {
        const known = reports.get(report.type)
        const reported = { ...report, node: by } as Reported<NodeReport['type']>
        if (known === undefined) reports.set(report.type, [reported])
        else known.push(reported)
      })
      running.add(node)
      return node
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((node) => node.stop('SIGKILL')))
    },
  }
}

async function startNode(
  settings: NodeSettings,
  onReport: (node: ClusterNode, report: NodeReport) => void,
): Promise<ClusterNode> {
  const child = fork(new URL('node-process.ts', import.meta.url), [JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => output.push(text.toString()))
  const ended = once(child, 'exit')
  const mirror = new Map<string, string>()
  const fold = (users: readonly Standing[]) => {
    for (const [userId, status] of users) {
      if (status === 'offline') mirror.delete(userId)
      else mirror.set(userId, status)
    }
  }
  const calls = createCalls(child)
  const node: ClusterNode = {
    pid: child.pid ?? 0,
    ask: calls.ask,
    mirror,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: NodeReport | Answer) => {
      if (message.type === 'ready') resolve()
      else if (message.type === 'answer' || message.type === 'failure') calls.settle(message)
      else {
        if (message.type === 'seen') fold(message.users)
        onReport(node, message)
      }
    })
    child.once('exit', (code, signal) => {
      const said = `the node ended with ${code ?? signal}:\n${output.join('')}`
      calls.abandon(said)
      reject(new Error(said))
    })
  })
  await ready
  return node
}

function createCalls(child: ChildProcess) {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let asked = 0
  const ask = new Proxy({} as Ask, {
    get:
      (_target, command: keyof NodeCommands) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          const id = ++asked
          if (!child.connected) return reject(new NodeFailure(null, 'the node has ended'))
          waiting.set(id, { resolve, reject })
          child.send({ id, command, args })
        }),
  })
  return {
    ask,
    settle(answer: Exclude<Answer, { type: 'ready' }>) {
      const call = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.type === 'answer') call?.resolve(answer.value)
      else call?.reject(new NodeFailure(answer.code, answer.message))
    },
    abandon(why: string) {
      for (const { reject } of waiting.values()) reject(new NodeFailure(null, why))
      waiting.clear()
    },
  }
}
