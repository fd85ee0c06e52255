import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Window } from 'happy-dom'
import { bundle } from '../bundle.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { cpuMs, expectEqual, repeat } from '../measure.ts'

const STATUSES = ['busy', 'away', 'dnd', 'online'] as const
/** A prime: changes hit users all over the list. */
const STRIDE = 7919
const WARM_UP = 20
const MEASURED_MS = 1500
const SCREEN = fileURLToPath(new URL('../roster-screen.ts', import.meta.url))

/** As a browser has it: one file, React for production in it. */
async function loadScreen(): Promise<typeof import('../roster-screen.ts')> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-p8-'))
  try {
    const file = join(folder, 'roster-screen.mjs')
    await writeFile(file, await bundle(SCREEN))
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A list of n users on the screen, one of whom changes: rows that render again, CPU time until the screen shows it. */
export async function measure({ n, side, quick }: CaseOptions): Promise<Measures> {
  const window = new Window()
  Object.assign(globalThis, { window, document: window.document })
  const { showRoster } = await loadScreen()
  let rendered = 0
  const mountFrom = cpuMs()
  const { rows, change, unmount } = showRoster(side, n, () => void rendered++)
  while (rows()?.length !== n || !rows()?.[n - 1]?.textContent?.endsWith('online')) await nextTurn()
  const mountMs = cpuMs() - mountFrom

  let changes = 0
  const changeOne = async () => {
    const index = (changes * STRIDE) % n
    // Each user's n-th change is to the n-th status, and so never to the one they have.
    const status = STATUSES[Math.floor(changes / n) % STATUSES.length] ?? 'busy'
    changes++
    change(index, status)
    await nextTurn()
    const text = rows()?.[index]?.textContent
    if (text !== `u${index} ${status}`) throw new Error(`row ${index} shows ${text}, expected u${index} ${status}`)
  }
  for (let i = 0; i < WARM_UP; i++) await changeOne()
  rendered = 0
  const { times, ms } = await repeat(quick ? 50 : MEASURED_MS, changeOne)
  expectEqual(rendered, times * (side === 'ours' ? 1 : n), 'rows rendered')
  unmount()
  return {
    'p8.rows': { value: rendered / times, unit: 'rows' },
    'p8.change': { value: ms / times, unit: 'CPU ms' },
    'p8.mount': { value: mountMs, unit: 'CPU ms' },
  }
}
