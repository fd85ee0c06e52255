/**
 * Carries out a bulk write, and answers at which positions the operations were refused with one of these codes. Rejects
 * if any failed for another reason, or if no majority is known to have the rest.
 */
export async function refusedOf(
  bulkWrite: () => Promise<unknown>,
  codes: readonly number[],
): Promise<ReadonlySet<number>> {
  try {
    await bulkWrite()
    return new Set()
  } catch (error) {
    const { name, writeErrors, result } = error as BulkError
    const errors = writeErrors === undefined ? [] : [writeErrors].flat()
    const areRefusals = errors.every(({ code }) => codes.includes(code))
    const isUnsure = result?.getWriteConcernError?.() !== undefined
    if (name !== 'MongoBulkWriteError' || errors.length === 0 || !areRefusals || isUnsure) throw error
    return new Set(errors.map(({ index }) => index))
  }
}

/** Of a document that is there already. */
export const DUPLICATE_KEY = 11000

interface BulkError {
  readonly name?: string
  readonly writeErrors?: BulkWriteError | BulkWriteError[]
  readonly result?: { getWriteConcernError?(): unknown }
}

interface BulkWriteError {
  readonly index: number
  readonly code: number
}
