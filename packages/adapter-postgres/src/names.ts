import { hashRev, PresenceError } from '@rollcall/core'

/** What is called how in the database, all of it inside one schema. */
export interface Names {
  readonly schema: string
  /** SQL with `:"schema"` in it, as in the migrations, made to mean this schema. */
  sql(text: string): string
  /** What all notification channels begin with; channels belong to a database, so that they name the schema. */
  readonly channel: string
}

/** Longest name PostgreSQL keeps whole, in bytes. */
const NAME_BYTES = 63

/** @throws `invalid-option` for a schema that PostgreSQL would cut off or take for another one, or that would end the text of a function. */
export function namesIn(schema: string): Names {
  const bytes = new TextEncoder().encode(schema).length
  if (bytes === 0 || bytes > NAME_BYTES || schema.includes('\0') || /^pg_|\$\$/.test(schema)) {
    throw new PresenceError(
      'invalid-option',
      `schema is ${JSON.stringify(schema)}; give a name of 1 to ${NAME_BYTES} bytes that does not begin with pg_ or hold $$`,
      { option: 'schema', value: schema },
    )
  }
  const quoted = quotedName(schema)
  return {
    schema,
    sql: (text) => text.replaceAll(':"schema"', () => quoted),
    channel: `rollcall_${hashRev(schema).toString(36)}_`,
  }
}

/** A name as SQL takes it literally. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
