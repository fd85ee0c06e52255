import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import type { Engine, Launch, Program, ServerOptions, Way } from './engine.ts'
import { secantus, secantusLaunch, secantusName } from './secantus.ts'
import { servicesFolder } from './state.ts'
import { docker, installed, onPath, usable } from './ways.ts'

const binary = {
  title: 'MongoDB',
  name: 'mongod',
  minimum: 6,
  folders: ['/opt/homebrew/bin', '/usr/local/bin', '/opt/homebrew/opt/mongodb-community*/bin'],
}

/** The official build, fetched by mongodb-memory-server, which is loaded only here. Whether its host answers is asked first. */
const downloaded: Way = async () => {
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server-core')
  const { MongoBinaryDownloadUrl } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js')
  const downloadDir = join(servicesFolder, 'mongodb-binaries')
  try {
    const wanted = await DryMongoBinary.generateOptions({ downloadDir } as Parameters<
      typeof DryMongoBinary.generateOptions
    >[0])
    if (!(await DryMongoBinary.locateBinary(wanted))) {
      const url = await new MongoBinaryDownloadUrl(wanted).getDownloadUrl()
      const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) })
      if (!answer.ok) return `the download of mongodb-memory-server answers ${answer.status}`
    }
    const path = await MongoBinary.getPath(wanted)
    return usable(binary, [path], () => 'downloaded into .services') ?? 'mongodb-memory-server found no mongod'
  } catch (error) {
    return `mongodb-memory-server cannot download it: ${reason(error)}`
  }
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.cause ? reason(error.cause) : error.message) : String(error)

function launch(program: Program, options: ServerOptions): Launch {
  if (program.standIn === secantusName) return secantusLaunch(options)
  const inside = program.run === 'container'
  const args = [
    ...['--port', `${options.port}`, '--bind_ip', inside ? '0.0.0.0' : '127.0.0.1', '--nounixsocket'],
    ...['--dbpath', inside ? '/data/db' : join(options.folder, 'data'), '--wiredTigerCacheSizeGB', '0.5'],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...(options.clustered ? ['--replSet', 'rollcall'] : []),
  ]
  return { args: inside ? ['mongod', ...args] : args, stopSignal: 'SIGTERM', volume: '/data/db' }
}

/** Ready when it takes writes; a new replica set is set up first. */
async function ready(port: number, options: ServerOptions): Promise<void> {
  const client = new MongoClient(mongo.url(port), { directConnection: true, serverSelectionTimeoutMS: 2000 })
  try {
    const admin = client.db('admin')
    const hello = await admin.command({ hello: 1 })
    if (hello.isWritablePrimary) return
    if (options.clustered && !hello.setName) {
      await admin.command({
        replSetInitiate: { _id: 'rollcall', members: [{ _id: 0, host: `127.0.0.1:${options.port}` }] },
      })
    }
    throw new Error('it takes no writes yet')
  } finally {
    await client.close()
  }
}

export const mongo: Engine = {
  name: 'mongo',
  title: 'MongoDB',
  ways: ({ install }) => [
    onPath(binary),
    downloaded,
    installed(binary, { brew: 'brew install mongodb/brew/mongodb-community' }, install),
    docker('MongoDB', 'mongo:8'),
    secantus,
  ],
  async prepare(program, options) {
    if (program.run === 'process') mkdirSync(join(options.folder, 'data'), { recursive: true })
    return program
  },
  launch,
  ready,
  url: (port) => `mongodb://127.0.0.1:${port}/`,
}
