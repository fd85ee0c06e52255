import type { Reported } from './cluster.ts'

export type SeenChange = Reported<'change'>

/** What is wrong with the changes that all nodes told of: each must be told once, and begin where the last one ended. */
export interface Faults {
  readonly doubled: readonly string[]
  readonly wrong: readonly string[]
}

/** A change in a line, for whoever reads that a test failed. */
export const inWords = ({ userId, from, to, cause, epoch, version }: SeenChange): string =>
  `${userId} ${from} → ${to} (${cause}) ${epoch}.${version}`

/** The changes of each user, in the order of epoch and version, whoever told of them and whenever that arrived. */
export function byUser(changes: readonly SeenChange[]): ReadonlyMap<string, readonly SeenChange[]> {
  const users = new Map<string, SeenChange[]>()
  for (const change of changes) {
    const known = users.get(change.userId)
    if (known === undefined) users.set(change.userId, [change])
    else known.push(change)
  }
  for (const ofUser of users.values()) ofUser.sort((a, b) => a.epoch - b.epoch || a.version - b.version)
  return users
}

/** Users begin offline. */
export function faultsOf(changes: readonly SeenChange[]): Faults {
  const doubled: string[] = []
  const wrong: string[] = []
  for (const ofUser of byUser(changes).values()) {
    let status = 'offline'
    let last: SeenChange | undefined
    for (const change of ofUser) {
      const { epoch, version, from, to } = change
      const told = inWords(change)
      if (last !== undefined && last.epoch === epoch && last.version === version) doubled.push(told)
      else if (from !== status || from === to) wrong.push(told)
      status = to
      last = change
    }
  }
  return { doubled, wrong }
}
