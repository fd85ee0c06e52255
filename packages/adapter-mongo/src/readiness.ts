import { PresenceError } from '@rollcall/core'
import type { Db, Document } from 'mongodb'
import type { Calls } from './calls.ts'
import { demandIndexes } from './indexes.ts'
import type { StoreSettings } from './options.ts'

/** Of MongoDB 6.0. */
const OLDEST_WIRE_VERSION = 17

/**
 * Rejects, saying what to do, if this server is none the store can work with; asks the server at the first call, and
 * again until it is content.
 */
export type Readiness = () => Promise<void>

export function createReadiness(db: Db, calls: Calls, { prefix, pollEveryMs }: StoreSettings): Readiness {
  let asked: Promise<void> | null = null
  const ask = async () => {
    const hello = await db.command({ hello: 1 }, { readPreference: 'primary' })
    await demandVersion(db, hello)
    if (pollEveryMs === null) demandChangeStreams(hello)
    await demandIndexes(db, prefix)
  }
  return () => {
    // In time also where the driver waits for longer: whoever comes later is to ask anew.
    asked ??= calls(ask).catch((error: unknown) => {
      asked = null
      throw error
    })
    return asked
  }
}

async function demandVersion(db: Db, hello: Document): Promise<void> {
  if (Number(hello.maxWireVersion) >= OLDEST_WIRE_VERSION) return
  const { version } = await db.command({ buildInfo: 1 }, { readPreference: 'primary' })
  throw new PresenceError('store-unfit', `this is MongoDB ${version}; the store needs 6.0 or newer`, {
    version,
    oldest: '6.0',
  })
}

function demandChangeStreams(hello: Document): void {
  if (hello.msg === 'isdbgrid') {
    throw new PresenceError(
      'store-unfit',
      "this is a mongos, through which the store's change stream cannot be followed; use a replica set, or give feed: { pollEvery: '1s' }",
      { feed: 'change-stream' },
    )
  }
  if (typeof hello.setName === 'string') return
  throw new PresenceError(
    'store-unfit',
    "this MongoDB is no replica set and has no change streams; make it one (a single member will do), or give feed: { pollEvery: '1s' }",
    { feed: 'change-stream' },
  )
}
