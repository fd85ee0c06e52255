/**
 * Holds the documentation to the code. `node scripts/docs.ts [--write]`
 *
 * Every fenced block of the pages is checked by its language:
 *
 * - below `<!-- file: path -->` (or `path#region`) it equals that file; `--write` fills it in
 * - `ts`, `tsx`: type-checked, then run. The blocks of a page are one program, in order; `<!-- new program -->` begins
 *   another; `<!-- hidden: … -->` is code that runs and is not shown. `console.log(…) // → text` must print that text.
 * - `sh`: each line is a script of this repository, or installs packages it publishes; so are commands in the text
 * - `json` parses; a fence without a language is text
 *
 * Links to files of the repository must lead somewhere.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkCommands } from './docs/commands.ts'
import { checkFileBlocks, fillFileBlocks } from './docs/files.ts'
import { type Page, readPage } from './docs/page.ts'
import { checkPrograms } from './docs/programs.ts'
import { CommandFailed, root } from './steps.ts'

const PAGES = ['README.md', 'CONTRIBUTING.md', '{packages,examples}/*/README.md']
const LANGUAGES = ['', 'ts', 'tsx', 'sh', 'json']

/** Throws with every place that is wrong. */
export async function checkDocs({ write = false } = {}): Promise<string> {
  const paths = globSync(PAGES, { cwd: root }).sort()
  if (write) for (const path of paths) writeFileSync(join(root, path), fillFileBlocks(read(path)))
  const pages = paths.map(read)
  const wrong = pages.flatMap((page) => [
    ...page.problems,
    ...checkFileBlocks(page),
    ...checkLanguages(page),
    ...checkCommands(page),
    ...checkLinks(page),
  ])
  wrong.push(...(await checkPrograms(pages)))
  if (wrong.length > 0) throw new CommandFailed(`the documentation is wrong:\n${wrong.join('\n')}`)
  return `${pages.reduce((sum, { blocks }) => sum + blocks.length, 0)} blocks on ${pages.length} pages`
}

const read = (path: string): Page => readPage(path, readFileSync(join(root, path), 'utf8'))

function checkLanguages({ path, blocks }: Page): string[] {
  return blocks.flatMap(({ line, language, code, file }) => {
    if (file !== null) return []
    if (!LANGUAGES.includes(language)) {
      return [
        `${path}:${line}: nobody checks ${language}; write ts, tsx, sh, json, a file comment, or a bare fence for text`,
      ]
    }
    if (language !== 'json') return []
    try {
      JSON.parse(code.join('\n'))
      return []
    } catch (error) {
      return [`${path}:${line}: ${(error as Error).message}`]
    }
  })
}

function checkLinks({ path, lines }: Page): string[] {
  return lines.flatMap((text, at) =>
    [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].flatMap(([, target = '']) =>
      existsSync(join(root, dirname(path), target)) ? [] : [`${path}:${at + 1}: there is no ${target}`],
    ),
  )
}

if (import.meta.main) {
  const { values: flags } = parseArgs({ options: { write: { type: 'boolean' } } })
  try {
    console.log(await checkDocs({ write: flags.write ?? false }))
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
