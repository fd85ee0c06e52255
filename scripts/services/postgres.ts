import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, realpathSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { withoutRoot } from './account.ts'
import type { Engine, Program, ServerOptions } from './engine.ts'
import { docker, installed, onPath, unpacked } from './ways.ts'

const binary = {
  title: 'PostgreSQL',
  name: 'postgres',
  minimum: 14,
  folders: [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/usr/libexec/postgresql*',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ],
}

async function prepare(found: Program, options: ServerOptions): Promise<Program> {
  if (found.run === 'container') return found
  const program = withoutRoot(found, binary.name, options.folder)
  execFileSync(
    join(dirname(program.path), 'initdb'),
    [
      '--pgdata',
      join(options.folder, 'data'),
      '--username',
      'postgres',
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
    ],
    {
      ...program.as,
      cwd: options.folder,
      env: { ...process.env, ...program.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 120_000,
    },
  )
  return program
}

/** Whether `CREATE EXTENSION pg_stat_statements` will do: tests count what a quiet user costs. */
function countsStatements(program: Program): boolean {
  if (program.run === 'container') return true
  const folder = dirname(realpathSync(program.path))
  return globSync(join(folder, '../lib{,/postgresql,64}/pg_stat_statements.{so,dylib}')).length > 0
}

/** Ready when a session is let in, or asked for a password. */
export async function ready(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')))
  try {
    const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0')
    const head = Buffer.alloc(8)
    head.writeInt32BE(head.length + parameters.length, 0)
    head.writeInt32BE(3 << 16, 4)
    socket.write(Buffer.concat([head, parameters]))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    if (answer.toString('latin1', 0, 1) !== 'R') throw new Error(answer.toString('latin1'))
  } finally {
    socket.destroy()
  }
}

export const postgres: Engine = {
  name: 'postgres',
  title: 'PostgreSQL',
  ways: ({ install }) => [
    onPath(binary),
    unpacked(binary, ['postgresql']),
    installed(
      binary,
      {
        brew: 'brew install postgresql@17',
        dnf: 'dnf install -y postgresql-server',
        apk: 'apk add postgresql',
        pacman: 'pacman -Sy --noconfirm postgresql',
      },
      install,
    ),
    docker('PostgreSQL', 'postgres:17-alpine'),
  ],
  prepare,
  launch(program, options) {
    const sure = options.durable ? 'on' : 'off'
    const settings = {
      port: options.port,
      listen_addresses: program.run === 'container' ? '*' : '127.0.0.1',
      unix_socket_directories: program.run === 'container' ? '/tmp' : '',
      fsync: sure,
      synchronous_commit: sure,
      full_page_writes: sure,
      max_connections: 200,
      jit: 'off',
      logging_collector: 'off',
      shared_preload_libraries: countsStatements(program) ? 'pg_stat_statements' : '',
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return program.run === 'container'
      ? { args, env: { POSTGRES_HOST_AUTH_METHOD: 'trust' }, stopSignal: 'SIGINT', volume: '/var/lib/postgresql/data' }
      : { args: ['-D', join(options.folder, 'data'), ...args], stopSignal: 'SIGINT' }
  },
  ready,
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
}
