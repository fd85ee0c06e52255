import { createSessionHost } from '../../src/index.ts'
import { PROTOCOL_VERSION, type ServerMessage } from '../../src/protocol.ts'
import type { TestNode } from '../../src/testing.ts'

/** A page behind a session, as an adapter would open it; it answers pings until it falls silent. */
export interface Page {
  readonly sent: readonly ServerMessage[]
  readonly closes: readonly string[]
  /** The way is dead, and nobody says so. */
  fallSilent(): void
}

let pages = 0

/** Opens a page of a user on a node, with the default pings. */
export async function openPage(node: TestNode, userId: string): Promise<Page> {
  const sent: ServerMessage[] = []
  const closes: string[] = []
  let silent = false
  const host = createSessionHost<{ token: string | null }>(
    node.presence,
    { broadcast() {} },
    { authenticate: async ({ token }) => (token === null ? null : { userId: token }) },
  )
  const session = host.open({
    credentials: (token) => ({ token }),
    send(message) {
      sent.push(message)
      if (message.type === 'ping' && !silent) session.receive({ type: 'pong', n: message.n })
    },
    join() {},
    leave() {},
    close: (cause) => void closes.push(cause),
  })
  session.receive({ type: 'hello', version: PROTOCOL_VERSION, token: userId, instance: `page-${++pages}` })
  while (!sent.some(({ type }) => type === 'welcome')) await Promise.resolve()
  return {
    sent,
    closes,
    fallSilent() {
      silent = true
    },
  }
}
