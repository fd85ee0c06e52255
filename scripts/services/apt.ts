/** Debian packages, fetched and unpacked inside the project: lists, downloads and files stay in `.services`. */
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { servicesFolder } from './state.ts'

const run = promisify(execFile)
const lists = join(servicesFolder, 'apt')
const day = 24 * 3_600_000

/** What a server runs without: compilers for queries, other languages, tools around the packages. */
const unneeded = /^(lib)?(llvm|z3|perl|python3?|ssl-cert|locales|adduser|lsb-base|init-system-helpers|sysvinit-utils)/

/** The sources of the distribution itself, in one-line form, with Debian's backports. */
export function ownSources(texts: readonly string[], codename: string): string[] {
  const lines = texts.flatMap((text) => (/^Types:/m.test(text) ? fromStanzas(text) : fromLines(text)))
  const ours = lines.filter(({ suite }) => suite === codename || suite.startsWith(`${codename}-`))
  const backports = ours
    .filter(({ suite, uri }) => suite === codename && /debian/.test(uri))
    .map((source) => ({ ...source, suite: `${codename}-backports` }))
  return [
    ...new Set(
      [...ours, ...backports].map(({ options, uri, suite, parts }) => `deb ${options}${uri} ${suite} ${parts}`),
    ),
  ]
}

type Source = { options: string; uri: string; suite: string; parts: string }

function fromLines(text: string): Source[] {
  return [...text.matchAll(/^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/gm)].map(
    ([, options = '', uri = '', suite = '', parts = '']) => ({ options, uri, suite, parts }),
  )
}

function fromStanzas(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => stanza.match(new RegExp(`^${name}:\\s*(.+)$`, 'mi'))?.[1]?.trim() ?? ''
    if (!/\bdeb\b/.test(field('Types')) || /no|false/i.test(field('Enabled'))) return []
    const options = field('Signed-By').startsWith('/') ? `[signed-by=${field('Signed-By')}] ` : ''
    return field('URIs')
      .split(/\s+/)
      .flatMap((uri) =>
        field('Suites')
          .split(/\s+/)
          .map((suite) => ({ options, uri, suite, parts: field('Components') })),
      )
  })
}

function configuration(): string {
  return [
    `Dir::Etc::SourceList "${lists}/sources.list";`,
    'Dir::Etc::SourceParts "/dev/null";',
    `Dir::State "${lists}/state";`,
    'Dir::State::Status "/var/lib/dpkg/status";',
    `Dir::Cache "${lists}/cache";`,
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'APT::Sandbox::User "root";',
    'APT::Get::AllowUnauthenticated "false";',
    '',
  ].join('\n')
}

/** One at a time: the lists are shared. */
let turn: Promise<unknown> = Promise.resolve()

/** Unpacks packages and what they need into `folder`. Resolves to the reason when that cannot be done. */
export function unpack(packages: readonly string[], folder: string): Promise<string | undefined> {
  const mine = turn.then(() => unpackNow(packages, folder))
  turn = mine.catch(() => undefined)
  return mine
}

async function unpackNow(packages: readonly string[], folder: string): Promise<string | undefined> {
  const parts = `${folder}.part`
  try {
    const codename = readFileSync('/etc/os-release', 'utf8').match(/^VERSION_CODENAME=(\S+)/m)?.[1]
    if (!codename || !existsSync('/usr/bin/apt-get')) return 'no apt-get here'
    await update(codename)
    const names = await resolve(packages, codename)
    mkdirSync(parts, { recursive: true })
    await apt(['download', ...names], parts)
    for (const file of globSync(join(parts, '*.deb'))) {
      await run('dpkg', ['-x', file, parts])
      rmSync(file)
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(parts, folder)
    return undefined
  } catch (error) {
    const said = (error as { stderr?: string }).stderr || String(error)
    return `unpacking ${packages.join(', ')} failed: ${said.trim().split('\n').at(-1)}`
  } finally {
    rmSync(parts, { recursive: true, force: true })
  }
}

const apt = (args: readonly string[], cwd = lists) =>
  run('apt-get', [...args], {
    cwd,
    env: { ...process.env, APT_CONFIG: join(lists, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeout: 240_000,
    maxBuffer: 1e8,
  })

async function update(codename: string): Promise<void> {
  const stamp = join(lists, 'updated')
  if (existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < day) return
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(lists, folder), { recursive: true })
  const files = globSync(['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.{list,sources}'])
  const sources = ownSources(
    files.map((file) => readFileSync(file, 'utf8')),
    codename,
  )
  writeFileSync(join(lists, 'sources.list'), `${sources.join('\n')}\n`)
  writeFileSync(join(lists, 'apt.conf'), configuration())
  console.log('$ apt-get update   (lists kept in .services)')
  await apt(['update', '--quiet'])
  // It succeeds without a network too.
  if (globSync(join(lists, 'state/lists/*_Packages*')).length === 0) throw new Error('apt-get update fetched nothing')
  writeFileSync(stamp, '')
}

/** The packages and those of what they need that this machine lacks. Backports only where the release itself has none. */
async function resolve(packages: readonly string[], codename: string): Promise<string[]> {
  const simulate = (extra: readonly string[]) =>
    apt(['install', '--simulate', '--no-install-recommends', '--quiet', ...extra, ...packages])
  const { stdout } = await simulate([]).catch((failure) =>
    simulate(['--target-release', `${codename}-backports`]).catch(() => {
      throw failure
    }),
  )
  const planned = [...stdout.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+)/gm)].map(([, name = '', version]) => ({
    name,
    version,
  }))
  const wanted = planned.filter(({ name }) => packages.includes(name) || !unneeded.test(name))
  return wanted.map(({ name, version }) => `${name}=${version}`)
}
