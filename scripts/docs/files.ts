/** Blocks that show a file of the repository: `<!-- file: path -->`, or `<!-- file: path#region -->` for a part of it. */
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { root } from '../steps.ts'
import type { Page } from './page.ts'

/** What stands between `// #region name` and `// #endregion` in a file, or all of it; `null` if there is no such thing. */
function contentOf(file: string): readonly string[] | null {
  const [path = '', region] = file.split('#')
  if (!existsSync(join(root, path))) return null
  const lines = readFileSync(join(root, path), 'utf8').trimEnd().split('\n')
  if (region === undefined) return lines
  const from = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  const length = lines.slice(from + 1).findIndex((line) => line.trim() === '// #endregion')
  return from === -1 || length === -1 ? null : lines.slice(from + 1, from + 1 + length)
}

/** What is wrong with the file blocks of a page. */
export function checkFileBlocks({ path, blocks, unfilled }: Page): string[] {
  const remedy = 'run node scripts/docs.ts --write'
  const shown = blocks.flatMap(({ file, line, code }) => (file === null ? [] : [{ file, line, code }]))
  return [...shown, ...unfilled.map((each) => ({ ...each, code: null }))].flatMap(({ file, line, code }) => {
    const content = contentOf(file)
    if (content === null) return [`${path}:${line}: there is no ${file}; name a file from the root, or its region`]
    if (code === null) return [`${path}:${line}: ${file} is not shown yet; ${remedy}`]
    const differs = content.findIndex((text, at) => text !== code[at])
    if (differs === -1 && content.length === code.length) return []
    const at = line + 1 + (differs === -1 ? content.length : differs)
    return [`${path}:${at}: differs from ${file}; ${remedy}, or change the file`]
  })
}

/** The page with every file block filled in. */
export function fillFileBlocks({ lines, blocks, unfilled }: Page): string {
  const filled = [...lines]
  const places = [
    ...blocks.flatMap(({ file, line, code }) => (file === null ? [] : [{ file, at: line - 1, old: code.length + 2 }])),
    ...unfilled.map(({ file, line }) => ({ file, at: line, old: 0 })),
  ]
  // From the end, so that the lines above stay where they are.
  for (const { file, at, old } of places.sort((a, b) => b.at - a.at)) {
    const content = contentOf(file)
    if (content === null) continue
    filled.splice(at, old, `\`\`\`${extname(file.split('#')[0] ?? '').slice(1)}`, ...content, '```')
  }
  return filled.join('\n')
}
