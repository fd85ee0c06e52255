import { z } from 'zod'
import { CLAIM_STATUSES, STATUSES } from '../../src/machine/index.ts'
import type { Limits } from '../../src/protocol/limits.ts'

/** Same as the guard's, written down a second time on purpose. */
const MAX_DEPTH = 32
const OPAQUE_BYTES = 2048
const EMOJI_BYTES = 64
const MAX_PAGE = 1000

const bytes = (text: string) => new TextEncoder().encode(text).length

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** zod takes a typed array for a record. */
function hasBinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ArrayBuffer.isView(value) || Object.values(value).some(hasBinary)
}

/** Every string and key of a value. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(stringsOf)
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsOf(item)])
}

/** The protocol's client messages once more, in zod: what the hand-written guard is held against. */
export function clientSchema(limits: Limits) {
  const id = z
    .string()
    .min(1)
    .refine((text) => bytes(text) <= limits.idBytes)
  const opaque = z.string().refine((text) => bytes(text) <= OPAQUE_BYTES)
  const whole = z.int().min(0)
  const duration = z.number().min(0).max(limits.durationMs)
  const state = z.json().refine((value) => bytes(JSON.stringify(value)) <= limits.stateBytes)
  const topic = z
    .string()
    .regex(/^(space|user|count):/)
    .refine((text) => id.safeParse(text.slice(text.indexOf(':') + 1)).success)

  const query = z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('list'),
      space: id,
      status: z.enum(STATUSES).optional(),
      cursor: opaque.optional(),
      limit: z.int().min(1).max(MAX_PAGE).optional(),
    }),
    z.object({ kind: z.literal('count'), space: id }),
    z.object({ kind: z.literal('users'), userIds: z.array(id).max(limits.watched) }),
  ])
  const message = z.object({
    text: z.string().refine((text) => [...text].length <= limits.textLength),
    emoji: z
      .string()
      .min(1)
      .refine((text) => bytes(text) <= EMOJI_BYTES)
      .optional(),
    forMs: duration.optional(),
  })

  const messages = z.discriminatedUnion('type', [
    z.object({
      type: z.literal('hello'),
      version: whole,
      token: z.string().nullable(),
      instance: id,
      resume: opaque.optional(),
      spaces: z
        .array(z.object({ space: id, state: state.optional() }))
        .max(limits.spaces)
        .optional(),
      device: id.optional(),
      invisible: z.object({ forMs: duration.optional() }).optional(),
    }),
    z.object({ type: z.literal('token'), token: z.string() }),
    z.object({ type: z.literal('active') }),
    z.object({ type: z.literal('idle') }),
    z.object({ type: z.literal('beat'), nextInMs: duration }),
    z.object({ type: z.literal('enter'), id: whole, space: id, state: state.optional() }),
    z.object({ type: z.literal('exit'), id: whole, space: id }),
    z.object({ type: z.literal('state'), id: whole, space: id, state }),
    z.object({
      type: z.literal('watch'),
      id: whole,
      topics: z
        .array(z.object({ topic, since: z.object({ generation: id, n: whole }).optional() }))
        .max(limits.watched),
    }),
    z.object({ type: z.literal('unwatch'), topics: z.array(topic).max(limits.watched) }),
    z.object({
      type: z.literal('claim'),
      id: whole,
      status: z.enum(CLAIM_STATUSES),
      source: id.optional(),
      forMs: duration.optional(),
      bound: z.boolean().optional(),
    }),
    z.object({ type: z.literal('clear'), id: whole, source: id.optional() }),
    z.object({ type: z.literal('message'), id: whole, message: message.nullable() }),
    z.object({
      type: z.literal('signal'),
      space: id,
      name: id,
      data: state.optional(),
      forMs: duration.optional(),
    }),
    z.object({ type: z.literal('query'), id: whole, query }),
    z.object({ type: z.literal('hint') }),
    z.object({ type: z.literal('leave'), scope: z.enum(['connection', 'session', 'user']) }),
    z.object({ type: z.literal('pong'), n: whole }),
  ])

  const plainJson = z
    .json()
    .refine((raw) => !hasBinary(raw))
    .refine((raw) => depthOf(raw) <= MAX_DEPTH)
    .refine((raw) => bytes(JSON.stringify(raw)) <= limits.messageBytes)
    .refine((raw) => stringsOf(raw).every((text) => !/\p{Surrogate}/u.test(text) && !text.includes('\0')))

  return (raw: unknown) => (plainJson.safeParse(raw).success ? messages.safeParse(raw) : null)
}
