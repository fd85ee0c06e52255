import { PresenceError } from '@rollcall/core'
import * as z from 'zod'

/** How answers and requests are spelled, where that differs from the library. */
export interface NamingOptions {
  /** Names on the wire by the library's names, in requests and answers; `false` leaves a field out of answers. */
  readonly fields?: { readonly [field: string]: string | false }
  /** Stamps as ms of store time, or as ISO 8601. @default 'ms' */
  readonly times?: 'ms' | 'iso'
}

/** A stamp in store time. Of all numbers these alone are written as {@link NamingOptions.times} says. */
export const timestamp = z.number().describe('Store time in ms since 1970')
const isoTimestamp = z.iso.datetime()

/** Spells what goes out and what comes in. Driven by schemas: what is JSON of the application's own stays as it is. */
export interface Naming {
  /** The schema under the names of the wire. */
  schema(schema: z.ZodType): z.ZodType
  /** Makes the function that spells values of a schema. What the schema does not name is left out. */
  writer(schema: z.ZodType): (value: unknown) => unknown
  /** The fields of a request by the library's names. */
  read(fields: unknown): unknown
  /** What a field of the library's is called in requests. */
  nameOf(field: string): string
  /** Throws `invalid-option` for a field that no schema named so far. */
  demandKnown(): void
}

export function createNaming({ fields = {}, times = 'ms' }: NamingOptions): Naming {
  const seen = new Set<string>()
  const spelling = (field: string): string | false => {
    seen.add(field)
    return Object.hasOwn(fields, field) ? (fields[field] as string | false) : field
  }
  const byWire = new Map(Object.entries(fields).map(([field, name]) => [name, field]))

  const naming: Naming = {
    schema(schema) {
      if (schema === timestamp) return times === 'iso' ? isoTimestamp : timestamp
      if (schema instanceof z.ZodNullable)
        return described(naming.schema(schema.unwrap() as z.ZodType).nullable(), schema)
      if (schema instanceof z.ZodOptional)
        return described(naming.schema(schema.unwrap() as z.ZodType).optional(), schema)
      if (schema instanceof z.ZodArray) return described(z.array(naming.schema(schema.element as z.ZodType)), schema)
      if (!isOurs(schema)) return schema
      const shape: Record<string, z.ZodType> = {}
      for (const [field, inner] of Object.entries(schema.shape)) {
        const name = spelling(field)
        if (name === false) continue
        if (Object.hasOwn(shape, name))
          throw sameName(Object.hasOwn(fields, field) ? field : (byWire.get(name) ?? field), name)
        shape[name] = naming.schema(inner as z.ZodType)
      }
      return described(z.object(shape), schema)
    },
    writer(schema) {
      if (schema === timestamp) return times === 'iso' ? (value) => new Date(value as number).toISOString() : same
      if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
        const write = naming.writer(schema.unwrap() as z.ZodType)
        return (value) => (value === null || value === undefined ? value : write(value))
      }
      if (schema instanceof z.ZodArray) {
        const write = naming.writer(schema.element as z.ZodType)
        return (value) => (value as readonly unknown[]).map(write)
      }
      if (!isOurs(schema)) return same
      const entries = Object.entries(schema.shape).flatMap(([field, inner]) => {
        const name = spelling(field)
        return name === false ? [] : [{ field, name, write: naming.writer(inner as z.ZodType) }]
      })
      return (value) => {
        const written: Record<string, unknown> = {}
        for (const { field, name, write } of entries) {
          const inner = (value as Record<string, unknown>)[field]
          if (inner !== undefined) written[name] = write(inner)
        }
        return written
      }
    },
    read(given) {
      if (byWire.size === 0 || typeof given !== 'object' || given === null || Array.isArray(given)) return given
      return Object.fromEntries(Object.entries(given).map(([name, value]) => [byWire.get(name) ?? name, value]))
    },
    nameOf: (field) => spelling(field) || field,
    demandKnown() {
      for (const field of Object.keys(fields)) {
        if (seen.has(field)) continue
        const known = [...seen].sort().join(', ')
        throw new PresenceError('invalid-option', `fields.${field}: there is no such field; known are ${known}`, {
          option: `fields.${field}`,
        })
      }
    },
  }
  return naming
}

const same = (value: unknown) => value

/** Whether all fields are named here: what may have others is of a language of its own, and goes through as it is. */
function isOurs(schema: z.ZodType): schema is z.ZodObject {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined
}

function sameName(field: string, name: string): PresenceError {
  const option = `fields.${field}`
  const message = `${option} is ${name}, which is another field's name beside it; give it a name of its own`
  return new PresenceError('invalid-option', message, { option, name })
}

function described(schema: z.ZodType, like: z.ZodType): z.ZodType {
  return like.description === undefined ? schema : schema.describe(like.description)
}
