/**
 * Runs one program of a page, in a process of its own: `node scripts/docs/run.ts FILE`.
 *
 * `console.log(…) // → text` was rewritten to `printed(line)(…)`: what it prints must be that text, and for one that prints
 * several times `first, then second`. Exported components that need no props are rendered among test users.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { formatWithOptions } from 'node:util'

const file = process.argv[2] as string
const source = readFileSync(file, 'utf8')
const printed = new Map<number, string[]>()

Object.assign(globalThis, {
  printed:
    (line: number) =>
    (...args: unknown[]) => {
      const text = formatWithOptions({ breakLength: Number.POSITIVE_INFINITY, compact: 10 }, ...args)
      printed.set(line, [...(printed.get(line) ?? []), text])
    },
})

// Node runs TypeScript, but no JSX.
const { default: ts } = file.endsWith('.tsx') ? await import('typescript') : { default: null }
registerHooks({
  load(url, context, nextLoad) {
    if (ts === null || !url.endsWith('.tsx')) return nextLoad(url, context)
    const fileName = fileURLToPath(url)
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), {
      fileName,
      compilerOptions: {
        jsx: ts.JsxEmit.ReactJSX,
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
        inlineSourceMap: true,
      },
    })
    return { format: 'module', source: outputText, shortCircuit: true }
  },
})

function checkPrinted(): void {
  source.split('\n').forEach((text, at) => {
    const [, expected] = /\/\/ → (.+)$/.exec(text) ?? []
    if (expected === undefined) return
    const actual = printed.get(at + 1)?.join(', then ') ?? '(nothing)'
    if (actual === expected) return
    console.error(`${file}:${at + 1}: prints ${actual}, and not ${expected}`)
    process.exitCode = 1
  })
}

async function renderExported(exported: Readonly<Record<string, unknown>>): Promise<void> {
  const components = Object.entries(exported).filter(([name]) => /^[A-Z]/.test(name))
  if (components.length === 0) return
  // Resolved from the program, like its own imports: by names that this folder does not have.
  const { resolve } = createRequire(file)
  const load = (name: string) => import(pathToFileURL(resolve(name)).href)
  const [{ createElement }, { renderToString }, { TestPresence }] = await Promise.all(
    ['react', 'react-dom/server', '@rollcall/react/testing'].map(load),
  )
  for (const [name, component] of components) {
    const html: string = renderToString(
      createElement(TestPresence, { users: { ada: 'online' } }, createElement(component)),
    )
    assert.notEqual(html, '', `${name} renders nothing`)
  }
}

await renderExported(await import(pathToFileURL(file).href))
if (source.includes(`'node:test'`)) {
  // Its tests begin once the module is there, and the process ends with the last of them.
  process.on('exit', checkPrinted)
} else {
  // Servers and clients would go on; what was said already has a moment to arrive.
  await new Promise((resolve) => setTimeout(resolve, 200))
  checkPrinted()
  process.exit()
}
