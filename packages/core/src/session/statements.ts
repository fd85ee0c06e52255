import type { HeldConnection, Viewer } from '../engine/presence.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import type { ClaimSource } from '../register.ts'
import { permits } from './permissions.ts'
import { ackOnce, type Client, fail, refuse } from './replies.ts'

// What a user says of themself. Each resolves once it is decided; the `ack` follows when it is saved.

type Of<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** Makes a claim. Its priority is its source's, never the client's to choose. */
export async function makeClaim(
  client: Client,
  held: Pick<HeldConnection, 'connectionId'>,
  viewer: Viewer,
  message: Of<'claim'>,
): Promise<void> {
  const { presence } = client.host
  const { id, status, source = 'manual', forMs, bound = false } = message
  const mayIt = await mayClaim(client, viewer, source, status).catch((error: unknown) =>
    fail(client, 'claim', id, error),
  )
  if (mayIt === undefined) return
  if (!mayIt) return refuseClaim(client, message.type, id, source)
  const until = forMs === undefined ? {} : { for: forMs }
  const binding = bound ? { connectionId: held.connectionId } : {}
  ackOnce(
    client,
    'claim',
    id,
    presence.claim(viewer.userId, { source: source as ClaimSource, status, ...until, ...binding }),
  )
}

export async function endClaim(client: Client, viewer: Viewer, { id, source = 'manual' }: Of<'clear'>): Promise<void> {
  const mayIt = await mayClaim(client, viewer, source, null).catch((error: unknown) => fail(client, 'clear', id, error))
  if (mayIt === undefined) return
  if (!mayIt) return refuseClaim(client, 'clear', id, source)
  ackOnce(client, 'clear', id, client.host.presence.clear(viewer.userId, source))
}

export function setMessage(client: Client, viewer: Viewer, { id, message }: Of<'message'>): void {
  const { text = '', emoji, forMs } = message ?? {}
  const icon = emoji === undefined ? {} : { emoji }
  const until = forMs === undefined ? {} : { for: forMs }
  const saved = client.host.presence.setMessage(viewer.userId, message && { text, ...icon, ...until })
  ackOnce(client, 'message', id, saved)
}

function mayClaim(
  { host }: Client,
  viewer: Viewer,
  source: string,
  status: Of<'claim'>['status'] | null,
): Promise<boolean> {
  const { userId } = viewer
  return permits(host.presence, 'canClaim', (access) => access.canClaim(viewer, { userId, source, status }))
}

function refuseClaim(client: Client, kind: string, id: number, source: string): void {
  const message = `The claim ${source} is not for you to make or to end`
  refuse(client, kind, id, { code: 'forbidden', message, details: { source } })
}
