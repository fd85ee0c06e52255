/** A name, or its number in a list that both sides know. */
export type NameRef = number | string

/** Writes a name that the index already holds as its number there. */
export function toRef(name: string, known: readonly string[]): NameRef {
  const number = known.indexOf(name)
  return number < 0 ? name : number
}

export function fromRef(ref: NameRef, known: readonly string[]): string {
  return typeof ref === 'string' ? ref : (known[ref] as string)
}

/** The list without what its end has by default: what is left out is read as the default again. */
export function trimmed(fields: readonly unknown[], defaults: readonly unknown[]): unknown[] {
  let length = fields.length
  while (length > 0 && isDefault(fields[length - 1], defaults[length - 1])) length--
  return fields.slice(0, length)
}

function isDefault(field: unknown, byDefault: unknown): boolean {
  return field === byDefault || (Array.isArray(field) && field.length === 0 && byDefault === NONE)
}

/** The default of a list. */
export const NONE: readonly never[] = []

/** The name of the node in a rev `node:counter`; nothing for a rev of another make. */
export function writerOf(rev: string): string {
  return rev.slice(0, Math.max(rev.lastIndexOf(':'), 0))
}
