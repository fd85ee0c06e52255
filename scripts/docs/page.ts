/** Reads a page of documentation: its code blocks, and the comments that say what a block is. */

/** A fenced block. Lines count from 1. */
export type Block = {
  readonly line: number
  readonly language: string
  readonly code: readonly string[]
  /** `<!-- file: path -->` directly above. */
  readonly file: string | null
}

/** Code that runs as one module. Each line stands where it stands on the page, so that errors name the line of the page. */
export type Program = {
  readonly lines: string[]
  isTsx: boolean
  blocks: number
}

export type Page = {
  readonly path: string
  readonly lines: readonly string[]
  readonly blocks: readonly Block[]
  readonly programs: readonly Program[]
  /** `<!-- file: path -->` without a block below, by line. */
  readonly unfilled: readonly { readonly line: number; readonly file: string }[]
  readonly problems: readonly string[]
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(.*)$/

/**
 * The `ts` and `tsx` blocks of a page are one program, in order; `<!-- new program -->` begins another. `<!-- hidden: … -->`
 * is code that runs and is not shown: what a fragment takes for granted.
 */
export function readPage(path: string, text: string): Page {
  const lines = text.split('\n')
  const blocks: Block[] = []
  const unfilled: { line: number; file: string }[] = []
  const problems: string[] = []
  const newProgram = (): Program => ({ lines: lines.map(() => ''), isTsx: false, blocks: 0 })
  const programs = [newProgram()]
  let program = programs[0] as Program
  let wanted = null as { line: number; file: string } | null

  const readComment = (from: number): number => {
    const length = lines.slice(from).findIndex((line) => line.includes('-->'))
    if (length === -1) {
      problems.push(`${path}:${from + 1}: the comment has no end; write -->`)
      return lines.length - 1
    }
    const to = from + length
    const inside = lines.slice(from, to + 1).map((line) => line.replace(/^<!--|-->.*$/g, ''))
    const [, word, rest = ''] = /^\s*(file|hidden|new program)\b:?\s*(.*)$/.exec(inside[0] ?? '') ?? []
    if (word === 'file') wanted = { line: to + 1, file: rest.trim() }
    if (word === 'new program') {
      program = newProgram()
      programs.push(program)
    }
    if (word === 'hidden') program.lines.splice(from, inside.length, rest, ...inside.slice(1))
    return to
  }
  const readBlock = (from: number, fence: string, language: string): number => {
    const length = lines.slice(from + 1).findIndex((line) => line.trim() === fence)
    if (length === -1) {
      problems.push(`${path}:${from + 1}: the block has no end; write ${fence}`)
      return lines.length - 1
    }
    const code = lines.slice(from + 1, from + 1 + length)
    const file = wanted?.line === from ? wanted.file : null
    if (file !== null) wanted = null
    blocks.push({ line: from + 1, language, code, file })
    if (file === null && (language === 'ts' || language === 'tsx')) {
      program.lines.splice(from + 1, length, ...code)
      program.isTsx ||= language === 'tsx'
      program.blocks += 1
    }
    return from + 1 + length
  }

  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string
    const [, indent, fence, language = ''] = FENCE.exec(line) ?? []
    if (wanted !== null && (fence === undefined || wanted.line !== at)) {
      unfilled.push(wanted)
      wanted = null
    }
    if (fence !== undefined) {
      if (indent !== '') problems.push(`${path}:${at + 1}: the block is indented; begin it at the margin`)
      at = readBlock(at, fence, language.trim())
    } else if (line.startsWith('<!--')) at = readComment(at)
  }
  if (wanted !== null) unfilled.push(wanted)
  return { path, lines, blocks, programs: programs.filter(({ blocks }) => blocks > 0), unfilled, problems }
}
