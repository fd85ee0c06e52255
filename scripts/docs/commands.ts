/** Commands in `sh` blocks and in running text: each must be one that this repository has. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../steps.ts'
import type { Page } from './page.ts'

type Manifest = {
  readonly name: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
}

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(join(root, path), 'utf8'))
const workspace = [
  readManifest('package.json'),
  ...globSync('{packages,examples}/*/package.json', { cwd: root }).map(readManifest),
]

/** What pnpm does by itself. */
const BUILT_IN = ['install', 'add']

/** What is wrong with one command; `null` if nothing is. Packages of others are not looked up. */
function wrongWith(command: string): string | null {
  const words = command.split(/\s+/)
  const install = /^(npm (install|i)|pnpm add|yarn add|bun add)\b/.test(command)
  if (install) {
    const published = workspace.filter((manifest) => !manifest.private).map(({ name }) => name)
    const unknown = words.find((word) => word.startsWith('@rollcall/') && !published.includes(word))
    return unknown === undefined ? null : `${unknown} is not published`
  }
  const pnpm = words.findIndex((word) => /^pnpm(@\d+)?$/.test(word))
  if (!['pnpm', 'npx -y pnpm@12'].includes(words.slice(0, pnpm + 1).join(' '))) {
    return 'write it with pnpm or npx -y pnpm@12, or as npm install'
  }
  const rest = words.slice(pnpm + 1)
  const filter = rest[0] === '--filter' ? rest.splice(0, 2)[1] : 'rollcall'
  const script = (rest[0] === 'run' ? rest[1] : rest[0]) ?? 'install'
  const manifest = workspace.find(({ name }) => name === filter)
  if (manifest === undefined) return `there is no package ${filter}`
  if (BUILT_IN.includes(script) || manifest.scripts?.[script] !== undefined) return null
  if (filter === 'rollcall' && existsSync(join(root, 'node_modules/.bin', script))) return null
  return `${manifest.name} has no script ${script}`
}

/** Commands between backticks in the text around the blocks; `pnpm start` of an example is one of its own scripts. */
function spansOf(page: Page): readonly { readonly line: number; readonly command: string }[] {
  const isCode = new Set(page.blocks.flatMap(({ line, code }) => code.map((_, at) => line + 1 + at)))
  return page.lines.flatMap((text, at) =>
    isCode.has(at + 1)
      ? []
      : [...text.matchAll(/`((?:npx -y pnpm@12|pnpm) [^`]+)`/g)].map(([, command = '']) => ({ line: at + 1, command })),
  )
}

/** What is wrong with the commands of a page. */
export function checkCommands(page: Page): string[] {
  const inBlocks = page.blocks
    .filter(({ language, file }) => language === 'sh' && file === null)
    .flatMap(({ line, code }) =>
      code.map((text, at) => ({ line: line + 1 + at, command: text.replace(/(^|\s)#.*/, '') })),
    )
    .filter(({ command }) => command.trim() !== '')
  const manifest = join(dirname(page.path), 'package.json')
  const own = existsSync(join(root, manifest)) ? readManifest(manifest) : null
  const isOwn = (command: string) => own?.scripts?.[command.trim().split(/\s+/)[1] ?? ''] !== undefined
  return [
    ...inBlocks.map((each) => ({ ...each, wrong: wrongWith(each.command.trim()) })),
    ...spansOf(page).map((each) => ({ ...each, wrong: isOwn(each.command) ? null : wrongWith(each.command.trim()) })),
  ].flatMap(({ line, command, wrong }) => (wrong === null ? [] : [`${page.path}:${line}: ${command.trim()}: ${wrong}`]))
}
