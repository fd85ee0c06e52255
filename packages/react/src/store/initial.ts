import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'

const initial = new WeakMap<PresenceClient, PresenceClient>()

/**
 * A client that never hears anything: what `client` knew before its first message. Server render and hydration read
 * from it, however much the real one has heard when a late boundary hydrates. Time stands at 0 there, so that nothing
 * in it depends on the machine.
 */
export function initialOf(client: PresenceClient): PresenceClient {
  let found = initial.get(client)
  if (!found) {
    found = createPresenceClient({
      // Never connected, so never opened.
      transport: {} as PresenceClientOptions['transport'],
      initialUsers: client.initialUsers,
      clock: { now: () => 0, setTimer() {}, clearTimer() {} },
    })
    initial.set(client, found)
  }
  return found
}
