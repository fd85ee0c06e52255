/** Set-up file of the Vitest projects that use MongoDB: skips what a stand-in is known not to do. */
import { beforeEach } from 'vitest'
import { cannotRun } from '../../packages/adapter-mongo/test/stand-in.ts'

const cases = cannotRun[process.env.MONGO_STAND_IN ?? ''] ?? {}

beforeEach(({ task, skip }) => {
  const reason = cases[task.fullTestName]
  if (reason === undefined) return
  // Run on demand, where passing is the failure: the entry has had its day. The type is read-only, the runner reads it late.
  if (process.env.STAND_IN_CASES === 'run') Object.assign(task, { fails: true })
  else skip(reason)
})
