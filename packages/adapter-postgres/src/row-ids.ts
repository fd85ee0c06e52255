const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i
const INTEGER = /^-?\d+$/

/** How many bits an integer of that type has. */
const BITS: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 }

/** A text as PostgreSQL writes an id of that type; `null`: no row has that id. */
export function rowIdOf(type: string, text: string): string | null {
  if (type === 'uuid') return UUID.exec(text)?.slice(1).join('-').toLowerCase() ?? null
  const bits = BITS[type]
  if (bits === undefined && type !== 'numeric') return text
  if (!INTEGER.test(text)) return null
  const number = BigInt(text)
  return bits !== undefined && BigInt.asIntN(bits, number) !== number ? null : String(number)
}
