import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const core = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))

/** What the compiler says of an application's file that imports `@rollcall/core`. */
function errorsIn(source: string): readonly string[] {
  const file = `${folder}application.ts`
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
    paths: { '@rollcall/core': [core] },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? source : readFile(name))
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, source, target) : getSourceFile(name, target, ...rest)
  const program = ts.createProgram([file], options, host)
  const found = program.getSemanticDiagnostics(program.getSourceFile(file))
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

it('takes the types that an application declares once into the API', { timeout: 60_000 }, () => {
  const declared = `
    import type { Identity, ClaimInput, Signals, SpaceState, Viewer } from '@rollcall/core'
    declare module '@rollcall/core' {
      interface Register {
        meta: { role: 'admin' | 'member' }
        spaceStates: { [space: \`doc:\${string}\`]: { cursor: number } }
        signals: { typing: null }
        claimSources: 'pager'
      }
    }
    export const isAdmin = (viewer: Viewer) => viewer.meta.role === 'admin'
    export const claim: ClaimInput = { source: 'pager', status: 'busy' }
    export const state: SpaceState<'doc:1'> = { cursor: 3 }
    export const name: keyof Signals = 'typing'
  `
  expect(errorsIn(declared)).toEqual([])
  expect(errorsIn(`${declared}; export const wrong: ClaimInput = { source: 'weather', status: 'busy' }`)).toHaveLength(
    1,
  )
  expect(
    errorsIn(`${declared}; export const wrong: Identity = { userId: 'ada', meta: { role: 'king' } }`),
  ).toHaveLength(1)
})
