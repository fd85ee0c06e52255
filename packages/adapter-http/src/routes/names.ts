import type { Presence } from '@rollcall/core'
import * as z from 'zod'

const encoder = new TextEncoder()

/** An id or a name that every store can hold: the check that the engine makes of them too. */
export function nameSchema({ limits }: Pick<Presence, 'limits'>): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .refine(
      (name) => encoder.encode(name).byteLength <= limits.idBytes,
      `must be at most ${limits.idBytes} bytes of UTF-8`,
    )
    .refine((name) => !name.includes('\0') && name.isWellFormed(), 'must be well-formed, without NUL')
}

/** How far from now a claim or a message may end. */
export function durationSchema({ limits }: Pick<Presence, 'limits'>): z.ZodType<number> {
  return z.number().int().positive().max(limits.durationMs)
}

/** Most users of one page, and of one batch. */
export const MAX_PAGE = 1000

/** Which page of a list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z
    .string()
    .min(1)
    .max(2048)
    .refine((cursor) => !cursor.includes('\0') && cursor.isWellFormed(), 'must be well-formed, without NUL')
    .optional(),
}
