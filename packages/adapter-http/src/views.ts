import type { AdminView, SelfView, UserView } from '@rollcall/core'
import * as z from 'zod'
import { timestamp } from './naming.ts'

const status = z.enum(['online', 'away', 'busy', 'dnd', 'offline'])
export const claimStatus = z.enum(['online', 'away', 'busy', 'dnd', 'invisible'])
const json = z.unknown()

const message = z.object({ text: z.string(), emoji: z.string().nullable(), until: timestamp.nullable() })
const spaces = z.array(z.object({ space: z.string(), state: json }))

const others = {
  userId: z.string(),
  status,
  isOnline: z.boolean().describe('Any status but offline'),
  statusSince: timestamp.nullable().describe('When the status last changed; null for a user never seen'),
  lastSeenAt: timestamp.nullable().describe('Latest sign of life, once offline'),
  message: message.nullable(),
  spaces,
}

export const connection = z.object({
  connectionId: z.string(),
  sessionId: z.string(),
  phase: z.enum(['active', 'idle', 'dormant', 'lost']),
  lostUntil: timestamp.nullable(),
  held: z.boolean().describe('By the socket of a node, rather than by a lease that beats push forward'),
  device: z.string().nullable(),
  openedAt: timestamp,
  spaces,
})

const own = {
  hidden: z.boolean().describe('Others see offline'),
  lastActiveAt: timestamp.nullable(),
  lastSeenTo: z.enum(['everyone', 'admins']),
  claims: z.array(
    z.object({
      source: z.string(),
      status: claimStatus,
      priority: z.number(),
      until: timestamp.nullable(),
      connectionId: z.string().nullable(),
    }),
  ),
  connections: z.array(connection),
  cause: z
    .object({ cause: z.string(), at: timestamp, nodeId: z.string().nullable(), connectionId: z.string().nullable() })
    .nullable(),
}

/** A user's own state. */
export const self = z.object({ ...others, ...own })

/** What an admin sees: the real state, and what others see. */
export const adminUser = z.object({
  ...others,
  ...own,
  shown: z.object({ status, statusSince: timestamp.nullable(), lastSeenAt: timestamp.nullable() }),
  profile: json.optional(),
})

/** A user as the viewer sees them: what only admins see is there for admins alone. */
export const user = z.object({
  ...others,
  ...z.object(own).partial().shape,
  shown: adminUser.shape.shown.optional(),
  profile: json.optional().describe('Whatever the application adds'),
})

/** One page of users. */
export const userPage = z.object({
  users: z.array(user),
  next: z.string().nullable().describe('The cursor of the next page; null: that was all'),
})

export const counts = z.object({
  present: z.number().int(),
  online: z.number().int(),
  away: z.number().int(),
  busy: z.number().int(),
  dnd: z.number().int(),
})

type Seen<V extends UserView> = Omit<V, 'statusSince' | 'shown'> & {
  readonly isOnline: boolean
  readonly statusSince: number | null
}

/** A view as it is answered. */
export function seen(view: AdminView): Seen<AdminView> & z.input<typeof adminUser>
export function seen(view: SelfView): Seen<SelfView> & z.input<typeof self>
export function seen(view: UserView): Seen<UserView> & z.input<typeof user>
export function seen(view: UserView | AdminView): object {
  const { statusSince, ...rest } = view
  const answered = { ...rest, isOnline: view.status !== 'offline', statusSince: stampOf(statusSince) }
  if (!('shown' in view)) return answered
  return { ...answered, shown: { ...view.shown, statusSince: stampOf(view.shown.statusSince) } }
}

/** Views say 0 for never. */
function stampOf(at: number): number | null {
  return at === 0 ? null : at
}
