/**
 * Cases that a stand-in for MongoDB cannot run, and why. By the stand-in's name, then by the case's whole name:
 * `suite > case`. They are skipped on that stand-in alone and printed last; a case that is not listed has to pass.
 * `STAND_IN_CASES=run pnpm test --only mongo` runs them too, and is red for one that passes: it is to be taken off.
 */
export const cannotRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SecantusDB: {
    ...inBothLanes('finds by the id what a write expects', 'explains as a scan what it finds by the id'),
    ...inBothLanes('reads the names of nodes off the index', 'scans the collection for distinct values'),
    ...inBothLanes('sorts nothing that an index has in order', 'sorts whatever an index has in order'),
  },
}

function inBothLanes(name: string, reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['change streams', 'polling'].map((lane) => [`plans of the queries with ${lane} > ${name}`, reason]),
  )
}
