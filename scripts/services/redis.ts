/** Redis and Valkey: one program and one protocol under two names. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Engine, Program, ServerOptions } from './engine.ts'
import { until } from './until.ts'
import { docker, installed, onPath, unpacked } from './ways.ts'

const brew = ['/opt/homebrew/bin', '/usr/local/bin']

/** Sends one command and resolves to the beginning of its answer. */
export async function askRedis(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')))
  try {
    socket.write(`${command}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    const text = answer.toString().trim()
    if (text.startsWith('-')) throw new Error(`${command}: ${text.slice(1)}`)
    return text
  } finally {
    socket.destroy()
  }
}

function launch(server: string, program: Program, options: ServerOptions) {
  // A Cluster's servers tell each other and the clients their addresses: they need the network of this machine.
  const inside = program.run === 'container' && !options.clustered
  const settings = {
    port: options.port,
    bind: inside ? '0.0.0.0' : '127.0.0.1',
    'protected-mode': inside ? 'no' : 'yes',
    dir: program.run === 'container' ? '/data' : options.folder,
    save: '',
    appendonly: options.durable ? 'yes' : 'no',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    'enable-debug-command': 'local',
    ...(options.clustered ? { 'cluster-enabled': 'yes', 'cluster-port': options.busPort } : {}),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`])
  return {
    args: program.run === 'container' ? [server, ...args] : args,
    stopSignal: 'SIGTERM',
    volume: '/data',
    hostNetwork: options.clustered,
  } as const
}

async function ready(port: number): Promise<void> {
  const answer = await askRedis(port, 'PING')
  if (answer !== '+PONG') throw new Error(`PING: ${answer}`)
}

const url = (port: number) => `redis://127.0.0.1:${port}`

const redisBinary = { title: 'Redis', name: 'redis-server', minimum: 7, folders: brew }

export const redis: Engine = {
  name: 'redis',
  title: 'Redis',
  ways: ({ install }) => [
    onPath(redisBinary),
    unpacked(redisBinary, ['redis-server']),
    installed(redisBinary, { brew: 'brew install redis', dnf: 'dnf install -y redis', apk: 'apk add redis' }, install),
    docker('Redis', 'redis:7-alpine'),
  ],
  launch: (program, options) => launch('redis-server', program, options),
  prepare: async (program) => program,
  ready,
  url,
}

const valkeyBinary = { title: 'Valkey', name: 'valkey-server', minimum: 8, folders: brew }

export const valkey: Engine = {
  name: 'valkey',
  title: 'Valkey',
  ways: ({ install }) => [
    onPath(valkeyBinary),
    unpacked(valkeyBinary, ['valkey-server']),
    installed(
      valkeyBinary,
      {
        brew: 'brew install valkey',
        dnf: 'dnf install -y valkey',
        apk: 'apk add valkey',
        pacman: 'pacman -Sy --noconfirm valkey',
      },
      install,
    ),
    docker('Valkey', 'valkey/valkey:8-alpine'),
  ],
  launch: (program, options) => launch('valkey-server', program, options),
  prepare: async (program) => program,
  ready,
  url,
}

const slots = 16_384

/** Makes one Cluster of servers that each started with `cluster-enabled`, all masters, and waits until all serve every slot. */
export async function formCluster(members: readonly { port: number; busPort: number }[]): Promise<void> {
  const [first] = members
  const share = Math.ceil(slots / members.length)
  for (const [index, { port, busPort }] of members.entries()) {
    const last = Math.min((index + 1) * share, slots) - 1
    await askRedis(port, `CLUSTER ADDSLOTSRANGE ${index * share} ${last}`)
    await askRedis(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`)
    if (first && index > 0) await askRedis(first.port, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`)
  }
  for (const { port } of members) {
    await until(30_000, async () => {
      const info = await askRedis(port, 'CLUSTER INFO')
      if (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${members.length}`))
        throw new Error(info)
    })
  }
}
