/** What is wrong with a value that came over the wire. */
export interface JsonFault {
  readonly code: 'bad-message' | 'limit-exceeded'
  /** Goes on where the name of the value ends: `is …`, `has …`. */
  readonly text: string
  readonly details: { readonly [key: string]: string | number }
}

/** Deepest nesting of arrays and objects that is read. */
const MAX_DEPTH = 32

/**
 * Walks `value` once and says how many bytes it takes as UTF-8 JSON, or what is wrong with it: not plain JSON, nested
 * deeper than 32 levels, larger than `maxBytes`, a key `__proto__`, or a string with NUL or a lone surrogate
 * (PostgreSQL cannot store either). Stops at the first fault, so an oversized value costs no more than `maxBytes`.
 * Properties that are `undefined` count as absent, as in JSON.
 */
export function measureJson(value: unknown, maxBytes: number): number | JsonFault {
  return measure(value, maxBytes, 0)
}

function measure(value: unknown, room: number, depth: number): number | JsonFault {
  switch (typeof value) {
    case 'string':
      return measureString(value, room)
    case 'number':
      if (!Number.isFinite(value)) return notJson(String(value))
      return within(value === 0 ? 1 : String(value).length, room)
    case 'boolean':
      return within(value ? 4 : 5, room)
    case 'object':
      if (value === null) return within(4, room)
      if (depth >= MAX_DEPTH) return tooDeep()
      return Array.isArray(value) ? measureArray(value, room, depth + 1) : measureObject(value, room, depth + 1)
    default:
      return notJson(`a ${typeof value}`)
  }
}

function measureArray(value: readonly unknown[], room: number, depth: number): number | JsonFault {
  let bytes = 2
  for (let i = 0; i < value.length; i++) {
    if (i > 0) bytes++
    const item = measure(value[i], room - bytes, depth)
    if (typeof item !== 'number') return item
    bytes += item
  }
  return within(bytes, room)
}

function measureObject(value: object, room: number, depth: number): number | JsonFault {
  if (!isPlain(value)) return notJson(`a ${value.constructor?.name ?? 'foreign object'}`)
  let bytes = 2
  let first = true
  for (const [key, property] of Object.entries(value)) {
    if (key === '__proto__') {
      return { code: 'bad-message', text: 'has a key "__proto__"; leave it out', details: { key } }
    }
    if (property === undefined) continue
    if (!first) bytes++
    first = false
    const name = measureString(key, room - bytes)
    if (typeof name !== 'number') return name
    bytes += name + 1
    const item = measure(property, room - bytes, depth)
    if (typeof item !== 'number') return item
    bytes += item
  }
  return within(bytes, room)
}

/** An object literal, or what `JSON.parse` makes, of whatever realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function measureString(value: string, room: number): number | JsonFault {
  // Each unit takes a byte at least: an oversized string is refused unread.
  if (value.length + 2 > room) return tooLarge()
  let bytes = 2
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit === 0) return badText('NUL')
    if (unit < 0x20) bytes += isShortEscape(unit) ? 2 : 6
    else if (unit < 0x80) bytes += unit === 0x22 || unit === 0x5c ? 2 : 1
    else if (unit < 0x800) bytes += 2
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3
    else {
      const next = value.charCodeAt(i + 1)
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return badText('a lone surrogate')
      bytes += 4
      i++
    }
  }
  return within(bytes, room)
}

/** `\b`, `\t`, `\n`, `\f` and `\r`; other control characters are written as `\u00XX`. */
function isShortEscape(unit: number): boolean {
  return unit >= 8 && unit <= 13 && unit !== 11
}

function within(bytes: number, room: number): number | JsonFault {
  return bytes > room ? tooLarge() : bytes
}

function tooLarge(): JsonFault {
  return { code: 'limit-exceeded', text: 'is larger than its limit; send less', details: {} }
}

function tooDeep(): JsonFault {
  return {
    code: 'limit-exceeded',
    text: `is nested deeper than ${MAX_DEPTH} levels; flatten it`,
    details: { limit: MAX_DEPTH },
  }
}

function notJson(what: string): JsonFault {
  return { code: 'bad-message', text: `holds ${what}, which is not JSON`, details: {} }
}

function badText(what: string): JsonFault {
  return { code: 'bad-message', text: `holds a string with ${what}; leave it out`, details: {} }
}

/** UTF-8 bytes of a well-formed string. */
export function utf8Bytes(value: string): number {
  let bytes = 0
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3
    // A pair takes four bytes, two for each of its units.
    else bytes += 2
  }
  return bytes
}
