import type { Commands, ScriptName } from './commands.ts'

/** Something that lies in a partition. */
export interface Placed {
  readonly partition: number
}

/**
 * Runs a script for things in many partitions: in one call on a single server, else in one per partition at once.
 * `argsOf` makes the arguments of a call; answers come in the order of the calls.
 */
export async function runOver<P extends Placed>(
  commands: Commands,
  isCluster: boolean,
  script: ScriptName,
  placed: readonly P[],
  keyOf: (of: P) => string,
  argsOf: (of: readonly P[]) => readonly string[],
): Promise<readonly { readonly of: readonly P[]; readonly answer: unknown }[]> {
  const groups = isCluster ? groupByPartition(placed) : placed.length === 0 ? [] : [placed]
  return Promise.all(groups.map(async (of) => ({ of, answer: await commands.run(script, of.map(keyOf), argsOf(of)) })))
}

export function groupByPartition<P extends Placed>(placed: readonly P[]): readonly (readonly P[])[] {
  const groups = new Map<number, P[]>()
  for (const each of placed) {
    const group = groups.get(each.partition)
    if (group === undefined) groups.set(each.partition, [each])
    else group.push(each)
  }
  return [...groups.values()]
}
