import type { PresenceClient } from '@rollcall/client'

const holders = new WeakMap<PresenceClient, number>()

/**
 * Keeps a client connected until the returned function is called as often as this one was. The release waits one
 * macrotask, so that whoever unmounts and mounts again at once (Strict Mode, a moved subtree) never disconnects.
 */
export function hold(client: PresenceClient): () => void {
  const count = holders.get(client)
  // What somebody else connected is theirs to disconnect.
  if (!count && !['idle', 'closed', 'failed'].includes(client.connection.get().status)) return () => {}
  holders.set(client, (count ?? 0) + 1)
  if (!count) void client.connect()
  return () => {
    setTimeout(() => {
      const left = (holders.get(client) as number) - 1
      holders.set(client, left)
      if (left === 0) client.disconnect()
    })
  }
}
