import { Client, type ClientConfig } from 'pg'
import { type Deadline, deadlineIn } from './deadline.ts'
import { failureOf } from './failures.ts'
import { quotedName } from './names.ts'
import { hangUp, ignore } from './statements.ts'

/** A session of its own that listens, for as long as anybody wants to hear. */
export interface Listener {
  /** Resolves once these channels, and no others, are listened to: every later notification is certain to be heard. */
  listen(channels: Iterable<string>): Promise<void>
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly config: ClientConfig
  readonly timeoutMs: number
  onNotification(payload: string): void
  /** The session was lost, and there is a new one that listens to the same: something may have been missed. */
  onBack(): void
}

/** Pauses between attempts to connect again. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000

/** Opens the session; rejects if it cannot be had now. Once there was one, a lost one is replaced until `close`. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { config, timeoutMs } = options
  let client: Client | null = null
  let wanted = new Set<string>()
  let heard = new Set<string>()
  let syncing: Promise<void> | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  let closed = false

  const connect = async (): Promise<Client> => {
    const deadline = deadlineIn(timeoutMs)
    const fresh = new Client({ keepAlive: true, ...config, connectionTimeoutMillis: timeoutMs })
    fresh.on('error', ignore)
    try {
      await deadline.within(fresh.connect())
    } catch (error) {
      hangUp(fresh)
      throw failureOf(error)
    }
    fresh.on('notification', ({ payload }) => fresh === client && options.onNotification(payload ?? ''))
    fresh.once('end', () => fresh === client && lose())
    return fresh
  }
  const lose = () => {
    if (client !== null) hangUp(client)
    client = null
    heard = new Set()
    if (!closed) tryAgain(FIRST_PAUSE_MS)
  }
  const tryAgain = (pauseMs: number) => {
    retry = setTimeout(
      async () => {
        try {
          client = await connect()
        } catch {
          if (!closed) tryAgain(Math.min(2 * pauseMs, LONGEST_PAUSE_MS))
          return
        }
        if (closed) return lose()
        // What was being said to the session before says nothing to this one.
        await syncing?.catch(ignore)
        // If it is lost again meanwhile, whoever noticed replaces it.
        await sync().then(options.onBack, ignore)
      },
      pauseMs * (0.5 + Math.random() / 2),
    )
  }
  /** One at a time: commands are sent for what is wanted when they are sent. */
  const sync = (): Promise<void> => {
    syncing ??= command().finally(() => {
      syncing = null
    })
    return syncing
  }
  const command = async () => {
    const session = client
    while (session !== null && session === client) {
      const more = [...wanted].filter((channel) => !heard.has(channel))
      const less = [...heard].filter((channel) => !wanted.has(channel))
      if (more.length + less.length === 0) return
      const commands = [
        ...more.map((channel) => `LISTEN ${quotedName(channel)}`),
        ...less.map((channel) => `UNLISTEN ${quotedName(channel)}`),
      ]
      try {
        await deadlineIn(timeoutMs).within(session.query(commands.join(';')))
      } catch (error) {
        if (session === client) lose()
        throw failureOf(error)
      }
      for (const channel of more) heard.add(channel)
      for (const channel of less) heard.delete(channel)
    }
  }
  /** While there is no session, whoever waits for one waits until the deadline. */
  const settled = async (deadline: Deadline): Promise<void> => {
    while (!closed && [...wanted].some((channel) => !heard.has(channel))) {
      if (client !== null) await sync().catch(ignore)
      if (client === null) await deadline.within(new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS)))
    }
    if (client !== null) await sync()
  }

  client = await connect()
  return {
    async listen(channels) {
      wanted = new Set(channels)
      await settled(deadlineIn(timeoutMs))
    },
    async close() {
      if (closed) return
      closed = true
      if (retry !== null) clearTimeout(retry)
      const session = client
      client = null
      if (session === null) return
      await deadlineIn(timeoutMs).within(session.end()).catch(ignore)
      hangUp(session)
    },
  }
}
