import type { UserRecord } from '../machine/index.ts'
import type { PresenceStore } from '../store/contract.ts'

/** Reads records one by one, in as few calls as it can: what is asked for in one turn goes out together. */
export interface Reader {
  load(userId: string): Promise<UserRecord | null>
}

export function createReader(store: PresenceStore): Reader {
  let asked: Map<string, Promise<UserRecord | null>> | null = null
  let answers: Promise<readonly (UserRecord | null)[]> | null = null

  return {
    load(userId) {
      if (asked === null) {
        const batch = new Map<string, Promise<UserRecord | null>>()
        asked = batch
        answers = Promise.resolve().then(() => {
          asked = null
          return store.load([...batch.keys()])
        })
      }
      const known = asked.get(userId)
      if (known !== undefined) return known
      const position = asked.size
      const answer = (answers as NonNullable<typeof answers>).then((records) => records[position] ?? null)
      asked.set(userId, answer)
      return answer
    },
  }
}
