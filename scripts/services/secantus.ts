/**
 * SecantusDB: a stand-in that speaks MongoDB's protocol on MongoDB's storage engine, for machines that reach the Python
 * package index but not MongoDB's downloads. As a replica set of one it has change streams, transactions and retryable
 * writes; standalone it has none of them, like `mongod`.
 *
 * mongo-java-server was looked at too and is not used: it reports wire version 8, which driver 7 refuses, loses increments
 * that run at once, and knows no transactions and no update pipelines.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Launch, ServerOptions, Way } from './engine.ts'
import { servicesFolder } from './state.ts'

export const secantusName = 'SecantusDB'
const version = '0.7.0b3'
const run = promisify(execFile)

/** Installed into a folder of the project, in a Python environment of its own. */
export const secantus: Way = async () => {
  const folder = join(servicesFolder, `secantusdb-${version}`)
  const complete = join(folder, 'complete')
  if (!existsSync(complete)) {
    const failure = await install(folder)
    if (failure) return failure
    writeFileSync(complete, '')
  }
  const label = `${secantusName} ${version}, a stand-in for MongoDB`
  return { label, standIn: secantusName, run: 'process', path: join(folder, 'bin/secantusd-py') }
}

async function install(folder: string): Promise<string | undefined> {
  const wanted = `secantusdb==${version}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(servicesFolder, { recursive: true })
  console.log(`$ pip install ${wanted}   (in .services)`)
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: 120_000 })
    await run(join(folder, 'bin/pip'), ['install', '--quiet', wanted], { timeout: 300_000 })
    return undefined
  } catch (error) {
    const said = (error as { stderr?: string }).stderr || String(error)
    return `the stand-in ${wanted} cannot be installed with python3 and pip: ${said.trim().split('\n').at(-1)}`
  }
}

export function secantusLaunch(options: ServerOptions): Launch {
  const args = [
    ...['--host', '127.0.0.1', '--port', `${options.port}`, '--storage-path', join(options.folder, 'data')],
    ...['--cache-size', '512M', '--log-level', 'WARNING'],
    ...(options.clustered ? [] : ['--standalone']),
    ...(options.durable ? ['--sync-on-commit'] : []),
  ]
  return { args, stopSignal: 'SIGTERM' }
}
