/** A pooler of transactions before PostgreSQL. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withoutRoot } from './account.ts'
import type { Engine, Program, ServerOptions } from './engine.ts'
import { ready } from './postgres.ts'
import { installed, onPath, unpacked } from './ways.ts'

const binary = { title: 'PgBouncer', name: 'pgbouncer', minimum: 1, folders: ['/usr/sbin', '/opt/homebrew/bin'] }

/** Whoever comes is let through to the one database, as the one user. */
function configuration({ port, behind }: ServerOptions): string {
  const to = new URL(behind ?? '')
  const target = {
    host: to.hostname,
    port: to.port || 5432,
    dbname: to.pathname.slice(1),
    user: to.username,
    ...(to.password ? { password: to.password } : {}),
  }
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    max_client_conn: 500,
    ignore_startup_parameters: 'extra_float_digits,options',
  }
  const lines = (of: object) => Object.entries(of).map(([name, value]) => `${name} = ${decodeURIComponent(value)}`)
  const database = lines(target).map((line) => line.replace(' = ', '='))
  return ['[databases]', `* = ${database.join(' ')}`, '[pgbouncer]', ...lines(settings), ''].join('\n')
}

async function prepare(found: Program, options: ServerOptions): Promise<Program> {
  writeFileSync(join(options.folder, 'pgbouncer.ini'), configuration(options))
  return found.run === 'container' ? found : withoutRoot(found, binary.name, options.folder)
}

export const pgbouncer: Engine = {
  name: 'pgbouncer',
  title: 'PgBouncer',
  ways: ({ install }) => [
    onPath(binary),
    unpacked(binary, ['pgbouncer']),
    installed(
      binary,
      {
        brew: 'brew install pgbouncer',
        dnf: 'dnf install -y pgbouncer',
        apk: 'apk add pgbouncer',
        pacman: 'pacman -Sy --noconfirm pgbouncer',
      },
      install,
    ),
  ],
  prepare,
  launch: (_program, { folder }) => ({ args: [join(folder, 'pgbouncer.ini')], stopSignal: 'SIGTERM' }),
  ready,
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
}
