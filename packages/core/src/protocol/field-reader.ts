import type { Json } from '../machine/index.ts'
import type { Limits } from './limits.ts'
import { type JsonFault, measureJson, utf8Bytes } from './measure-json.ts'

/** The first thing found wrong with a message: the value, its limit and the remedy. */
export interface Fault {
  readonly code: 'bad-message' | 'limit-exceeded'
  readonly message: string
  readonly details: { readonly [key: string]: Json }
}

type Fields = { readonly [key: string]: unknown }

/** Longest token of the protocol's own making, and longest cursor, in UTF-8 bytes. */
const OPAQUE_BYTES = 2048
/** An emoji of many joined parts takes some forty bytes. */
const EMOJI_BYTES = 64

/**
 * Reads fields out of a message that {@link measureJson} passed. Each reader answers a value of its type; at the first
 * fault it is kept in `fault` and what is answered from then on means nothing.
 */
export interface FieldReader {
  readonly fault: Fault | null
  /** Something is wrong that no single reader sees. */
  fail(fault: Fault): void
  /** A user id, session id, space, source, device or name: not empty, up to `idBytes`. */
  id(fields: Fields, key: string): string
  /** A status message's text, counted in characters. */
  text(fields: Fields, key: string): string
  emoji(fields: Fields, key: string): string
  /** A token, resume token or cursor: any text. */
  opaque(fields: Fields, key: string): string
  /** Limited by the message alone. */
  token(fields: Fields, key: string): string
  /** A duration in ms, from 0 to `durationMs`. */
  duration(fields: Fields, key: string): number
  /** A whole number from 0. */
  count(fields: Fields, key: string): number
  flag(fields: Fields, key: string): boolean
  oneOf<T extends string>(fields: Fields, key: string, values: readonly T[]): T
  /** Any JSON of up to `stateBytes`. */
  state(fields: Fields, key: string): Json
  fields(value: unknown, name: string): Fields
  list<T>(fields: Fields, key: string, max: number, read: (item: unknown, name: string) => T): readonly T[]
}

export function createFieldReader(limits: Limits): FieldReader {
  let fault: Fault | null = null
  const fail = (found: Fault) => {
    fault ??= found
  }
  const wrong = (key: string, value: unknown, wanted: string) =>
    fail({ code: 'bad-message', message: `${key} is ${show(value)}; send ${wanted}`, details: { field: key } })
  const tooMuch = (key: string, size: number, limit: number, unit: string) =>
    fail({
      code: 'limit-exceeded',
      message: `${key} has ${size} ${unit}, the limit is ${limit}; send less`,
      details: { field: key, size, limit },
    })

  const string = (fields: Fields, key: string, maxBytes: number, mayBeEmpty: boolean): string => {
    const value = fields[key]
    if (typeof value !== 'string' || (value === '' && !mayBeEmpty)) {
      wrong(key, value, mayBeEmpty ? 'a string' : 'a non-empty string')
      return ''
    }
    // A string of n units has n to 3n bytes.
    if (value.length * 3 > maxBytes) {
      const bytes = utf8Bytes(value)
      if (bytes > maxBytes) tooMuch(key, bytes, maxBytes, 'bytes')
    }
    return value
  }
  const number = (fields: Fields, key: string, wanted: string, accepts: (value: number) => boolean): number => {
    const value = fields[key]
    if (typeof value === 'number' && accepts(value)) return value
    wrong(key, value, wanted)
    return 0
  }

  return {
    get fault() {
      return fault
    },
    fail,
    id: (fields, key) => string(fields, key, limits.idBytes, false),
    emoji: (fields, key) => string(fields, key, EMOJI_BYTES, false),
    opaque: (fields, key) => string(fields, key, OPAQUE_BYTES, true),
    token: (fields, key) => string(fields, key, limits.messageBytes, true),
    text(fields, key) {
      const value = string(fields, key, limits.messageBytes, true)
      if (value.length > limits.textLength) {
        const characters = [...value].length
        if (characters > limits.textLength) tooMuch(key, characters, limits.textLength, 'characters')
      }
      return value
    },
    duration(fields, key) {
      const ms = number(fields, key, 'milliseconds from 0', (value) => value >= 0)
      if (ms > limits.durationMs) tooMuch(key, ms, limits.durationMs, 'ms')
      return ms
    },
    count: (fields, key) =>
      number(fields, key, 'a whole number from 0', (value) => Number.isSafeInteger(value) && value >= 0),
    flag(fields, key) {
      const value = fields[key]
      if (typeof value !== 'boolean') wrong(key, value, 'true or false')
      return value === true
    },
    oneOf(fields, key, values) {
      const value = fields[key]
      const found = values.find((known) => known === value)
      if (found !== undefined) return found
      wrong(key, value, `one of ${values.join(', ')}`)
      return values[0] as (typeof values)[number]
    },
    state(fields, key) {
      const value = fields[key]
      if (value === undefined) wrong(key, value, 'JSON')
      else if (typeof measureJson(value, limits.stateBytes) !== 'number') {
        const limit = limits.stateBytes
        fail({
          code: 'limit-exceeded',
          message: `${key} takes more than ${limit} bytes as JSON; send less`,
          details: { field: key, limit },
        })
      }
      return value as Json
    },
    fields(value, name) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
      wrong(name, value, 'an object')
      return {}
    },
    list(fields, key, max, read) {
      const value = fields[key]
      if (!Array.isArray(value)) {
        wrong(key, value, 'an array')
        return []
      }
      if (value.length > max) {
        tooMuch(key, value.length, max, 'items')
        return []
      }
      return value.map((item, i) => read(item, `${key}[${i}]`))
    },
  }
}

/** The fault of a whole message, in the words of a reader. */
export function faultOf(found: JsonFault, limits: Limits): Fault {
  const oversize = found.code === 'limit-exceeded' && found.details.limit === undefined
  if (!oversize) return { code: found.code, message: `The message ${found.text}`, details: found.details }
  const limit = limits.messageBytes
  return {
    code: 'limit-exceeded',
    message: `The message takes more than ${limit} bytes as JSON; send less`,
    details: { field: 'message', limit },
  }
}

/** A value as an error message may repeat it: short, whatever it is. */
function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  return Array.isArray(value) ? 'an array' : 'an object'
}
