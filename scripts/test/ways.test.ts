import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { firstWay, type Way } from '../services/engine.ts'
import { forgetServer, isAlive, startServer, stopServer } from '../services/handle.ts'
import { redis } from '../services/redis.ts'
import { checkGiven, givenUrls } from '../services/service.ts'
import { docker, installed, onPath } from '../services/ways.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-ways-'))
  vi.stubEnv('PATH', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

function script(name: string, lines: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`)
  chmodSync(join(folder, name), 0o755)
}

const binary = { title: 'Redis', name: 'redis-server', minimum: 7 }
const brew = { brew: 'brew install redis' }

test('the first way that works is taken, and no later one is tried', async () => {
  const late = vi.fn<Way>()
  const program = { label: 'second', run: 'container', image: 'x' } as const
  expect(await firstWay([async () => 'not here', async () => program, late])).toBe(program)
  expect(late).not.toHaveBeenCalled()
})

test('when nothing works, each way says why', async () => {
  expect(await firstWay([onPath(binary), installed(binary, brew, false), docker('Redis', 'redis:7')])).toEqual({
    missing: ['no redis-server on the path', 'no package manager that has Redis (brew)', 'no Docker that answers'],
  })
})

test('a program on the path is taken when it is new enough', async () => {
  script('redis-server', 'echo "Redis server v=7.2.4 sha=0:0"')
  expect(await onPath(binary)()).toMatchObject({ label: 'Redis 7.2.4 on the path', path: join(folder, 'redis-server') })
})

test('a program that is too old, or does not start, is named with the reason', async () => {
  script('redis-server', 'echo "Redis server v=6.0.16 sha=0:0"')
  const path = join(folder, 'redis-server')
  expect(await onPath(binary)()).toBe(`${path} is 6.0.16, and 7 or newer is needed`)
  script('redis-server', 'exit 1')
  expect(await onPath(binary)()).toBe(`${path} does not start`)
})

test('of several versions in their own folders the newest is taken', async () => {
  for (const version of ['9.6', '15.1', '14.9']) {
    const name = `pg-${version}`
    script(name, `echo "postgres (PostgreSQL) ${version}"`)
  }
  const postgres = { title: 'PostgreSQL', name: 'pg-*', minimum: 14, folders: [folder] }
  expect(await onPath(postgres)()).toMatchObject({ path: join(folder, 'pg-15.1') })
})

test('a package manager installs for the whole machine only when it may', async () => {
  script('brew', ':')
  vi.stubEnv('CI', '')
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  expect(await installed(binary, brew, false)()).toBe(
    '`brew install redis` installs it, or this command with --install',
  )
  script('brew', `printf '#!/bin/sh\\necho v=7.4.0\\n' > ${folder}/redis-server; /bin/chmod +x ${folder}/redis-server`)
  vi.spyOn(console, 'log').mockReturnValue()
  expect(await installed(binary, brew, true)()).toMatchObject({ label: 'Redis 7.4.0 on the path' })
})

test('an image is pulled before it counts', async () => {
  script('docker', '[ "$1" = info ] || [ "$3" = good:1 ]')
  expect(await docker('Redis', 'good:1')()).toEqual({ label: 'Redis, image good:1', run: 'container', image: 'good:1' })
  expect(await docker('Redis', 'bad:1')()).toBe('`docker pull bad:1` failed')
})

test('a container is found again, stopped, and its data removed', async () => {
  const said = join(folder, 'said')
  script(
    'docker',
    `echo "$@" >> ${said}; case $1 in run) echo id1;; inspect) [ -e ${said}.stopped ] || echo true;; stop) : > ${said}.stopped;; esac`,
  )
  const program = { label: 'Redis', run: 'container', image: 'redis:7' } as const
  const options = { port: 7001, folder: '/tmp/data-1', clustered: false, durable: false }
  const server = startServer(program, redis.launch(program, options), options)
  expect(server).toEqual({ container: 'id1', volume: 'tmp-data-1' })
  expect(isAlive(server)).toBe(true)
  await stopServer(server)
  expect(isAlive(server)).toBe(false)
  forgetServer(server)
  const commands = readFileSync(said, 'utf8').trim().split('\n')
  expect(commands[0]).toMatch(
    /^run --detach --rm --label rollcall --publish 127\.0\.0\.1:7001:7001 --mount type=volume,src=tmp-data-1,dst=\/data redis:7 redis-server --port 7001 /,
  )
  expect(commands).toContain('stop -t 10 id1')
  expect(commands.at(-1)).toBe('volume rm --force tmp-data-1')
})

test('a container listens on its loopback port only, and a member of a Cluster shares the network', () => {
  const program = { label: 'Redis', run: 'container', image: 'redis:7' } as const
  const options = { port: 7001, folder, clustered: false, durable: false }
  expect(redis.launch(program, options).args).toEqual(expect.arrayContaining(['redis-server', '--bind', '0.0.0.0']))
  expect(redis.launch(program, { ...options, clustered: true, busPort: 7002 })).toMatchObject({
    hostNetwork: true,
    args: expect.arrayContaining(['--bind', '127.0.0.1', '--cluster-port', '7002']),
  })
})

test('a URL of the environment is taken, and an error names the variable when nobody listens there', async () => {
  expect(givenUrls('mongo', { MONGO_URL: 'mongodb://a:1', REDIS_URL: 'redis://b' })).toEqual({
    MONGO_URL: 'mongodb://a:1',
  })
  await expect(checkGiven('REDIS_URL', 'redis://127.0.0.1:1')).rejects.toThrow(
    'REDIS_URL is set, but 127.0.0.1:1 cannot be reached',
  )
  await expect(checkGiven('REDIS_URL', 'redis://[')).rejects.toThrow('REDIS_URL is set, but is no URL')
})
