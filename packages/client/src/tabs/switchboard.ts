import {
  type ClientMessage,
  type ClientTransport,
  isServerMessage,
  type ServerMessage,
  type Topic,
} from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Request } from '../connection/requests.ts'
import { type Hello, noteBound, type Tab } from './tab.ts'
import { createUnion } from './union.ts'

type Of<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>

/** Many tabs on one connection: each says and hears what it would on a connection of its own. */
export interface Switchboard {
  /** A tab comes; the first one is the tab that leads. `bound`: sources of claims that are to end with it. */
  plug(say: Tab['say'], bound: Iterable<string>): Line
  /** Closes the connection; nothing is said to anybody any more. */
  close(): void
}

export interface Line {
  /** `false`: it cannot go out now. */
  send(message: ClientMessage): boolean
  /** The tab is gone, and with it what only it wanted. */
  unplug(): void
}

interface Asked {
  /** Whoever waits for the answer; `null`: the switchboard itself. */
  readonly tab: Tab | null
  /** The number it gave the request; `undefined`: it waits only for a refusal. */
  readonly id: number | undefined
  /** Topics whose state it waits for. */
  readonly topics: Set<Topic>
}

const NO_TOPICS: readonly Topic[] = []
/** After a tab took over: for so long the others may take to say what they want. */
const SETTLE_MS = 5000
/** A tab that heard nothing for twice as long asks whether the one that leads is still there. */
const QUIET_MS = 30_000

/**
 * @param onClose The connection is gone.
 * @param onStranger The server takes us for another user than the tabs of this group are of.
 */
export function createSwitchboard(
  transport: ClientTransport,
  clock: ClientClock,
  userId: string,
  onClose: (reason: string) => void,
  onStranger: () => void,
): Switchboard {
  const tabs = new Set<Tab>()
  const asked = new Map<number, Asked>()
  let own: Tab | undefined
  let isOpen = false
  let welcome: Of<'welcome'> | undefined
  let freshness: Of<'freshness'> | undefined
  /** Server time less this machine's wall clock, ms. */
  let offset = 0
  let lastId = 0
  let settling: unknown

  const link = transport.open({
    onOpen() {
      isOpen = true
      if (own?.hello) greet(own, own.hello)
    },
    onMessage: (message) => hear(message),
    onClose,
  })
  const ask = (request: Request, tab: Tab | null = null, id?: number, topics = NO_TOPICS) => {
    const isSent = link.send({ ...request, id: ++lastId } as ClientMessage)
    if (isSent) asked.set(lastId, { tab, id, topics: new Set(topics) })
    return isSent
  }
  const union = createUnion(tabs, clock, link.send, ask)
  const everyone = (message: ServerMessage, fits: (tab: Tab) => boolean = (tab) => tab.isWelcome) => {
    for (const tab of [...tabs]) if (fits(tab)) tab.say(message)
  }

  const greet = (tab: Tab, hello: Hello) => {
    tab.hello = hello
    tab.isWelcome = false
    if (welcome) return admit(tab, welcome)
    if (tab !== own || !isOpen) return
    link.send({ ...hello, ...union.greeting(hello) })
  }
  const admit = (tab: Tab, { spaces, pingEveryMs, ...rest }: Of<'welcome'>) => {
    tab.isWelcome = true
    tab.say({
      ...rest,
      spaces,
      serverTime: clock.now() + offset,
      pingEveryMs: tab === own ? pingEveryMs : pingEveryMs || QUIET_MS,
    })
    if (freshness) tab.say(freshness)
    union.come(tab, spaces, tab === own)
  }
  const begin = (message: Of<'welcome'>) => {
    if (message.userId !== userId) {
      for (const tab of tabs) if (tab !== own) tabs.delete(tab)
      onStranger()
    }
    welcome = message
    freshness = undefined
    offset = message.serverTime - clock.now()
    asked.clear()
    union.begin(message)
    clock.clearTimer(settling)
    if (message.resumed) settling = clock.setTimer(() => union.settle(welcome ?? message), SETTLE_MS)
    for (const tab of [...tabs]) if (tab.hello) admit(tab, message)
  }
  const answer = ({ id, ...message }: Of<'ack'> | Of<'error'>) => {
    const { tab, id: askedAs } = asked.get(id as number) as Asked
    asked.delete(id as number)
    if (tab && tabs.has(tab) && (askedAs !== undefined || message.type === 'error')) {
      tab.say({ ...message, ...(askedAs !== undefined && { id: askedAs }) } as ServerMessage)
    }
  }
  /** Whole states go to whoever asked for them, or else to all that watch; a replay follows on what one tab knows. */
  const deal = (message: Of<'snapshot'> | Of<'replay'>) => {
    const shares = new Map<Tab, unknown[]>()
    for (const item of message.topics) {
      let waiting = [...asked.values()].filter(({ topics }) => topics.has(item.topic))
      if (message.type === 'replay') waiting = waiting.slice(0, 1)
      for (const { topics } of waiting) topics.delete(item.topic)
      const all = message.type === 'replay' || waiting.length ? waiting.map(({ tab }) => tab) : [...tabs]
      for (const tab of all) {
        if (!tab || !tabs.has(tab) || !tab.topics.has(item.topic)) continue
        const share = shares.get(tab) ?? []
        share.push(item)
        shares.set(tab, share)
      }
    }
    for (const [tab, topics] of shares) tab.say({ ...message, topics } as ServerMessage)
  }
  /** A refused hello or token is that of the tab that leads: another one may have a better one. */
  const refuse = (message: Of<'error'>) => {
    if (message.code === 'authentication-error') own?.say(message)
    else if (welcome) everyone(message)
    else everyone(message, (tab) => tab === own || (!!tab.hello && !!message.retryAfterMs))
  }
  const hear = (message: unknown) => {
    if (!isServerMessage(message)) own?.say(message as ServerMessage)
    else if (message.type === 'welcome') begin(message)
    else if (message.type === 'ack' || message.type === 'error') {
      if (message.id !== undefined && asked.has(message.id)) answer(message)
      else if (message.type === 'error') refuse(message)
      // Whoever asked, there is no connection for anybody.
      if (message.type === 'error' && message.code === 'no-connection') own?.say(message)
    } else if (message.type === 'snapshot' || message.type === 'replay') deal(message)
    else if (message.type === 'diff' || message.type === 'counts') {
      everyone(message, ({ topics }) => topics.has(message.topic))
    } else if (message.type === 'bye') everyone(message, ({ hello }) => !!hello)
    else if (message.type === 'expiring') own?.say(message)
    else {
      if (message.type === 'self' && welcome) welcome = { ...welcome, self: message.self }
      if (message.type === 'freshness') freshness = message
      everyone(message, (tab) => tab === own || tab.isWelcome)
    }
  }
  const receive = (tab: Tab, message: ClientMessage): boolean => {
    if (message.type === 'hello') {
      greet(tab, message)
      return true
    }
    if (message.type === 'pong') return tab !== own || link.send(message)
    if (!tab.isWelcome) return false
    noteBound(tab.bound, message)
    switch (message.type) {
      case 'active':
      case 'idle':
        return union.feel(tab, message.type)
      case 'unwatch':
        return union.unwatch(tab, message.topics)
      case 'hint':
      case 'token':
        return tab !== own || link.send(message)
      case 'leave':
        // The others stay: whoever leads next takes the connection over.
        if (message.scope === 'connection' && tabs.size > 1) return true
        link.send(message)
        // Not left to the server: the tab with the connection may be about to close it.
        everyone({ type: 'bye', reason: 'sign-out' }, (other) => other !== tab)
        return true
      case 'beat':
      case 'signal':
        return link.send(message)
      case 'exit':
        if (!union.exit(tab, message.space)) return ask(message, tab, message.id)
        tab.say({ type: 'ack', id: message.id })
        return true
      default: {
        union.note(tab, message)
        return ask(message, tab, message.id, 'topics' in message ? message.topics.map(({ topic }) => topic) : NO_TOPICS)
      }
    }
  }
  return {
    plug(say, bound) {
      const tab: Tab = {
        say,
        hello: null,
        isWelcome: false,
        spaces: new Map(),
        topics: new Set(),
        bound: new Set(bound),
        isIdle: false,
        activeAt: clock.now(),
      }
      own ??= tab
      tabs.add(tab)
      return {
        send: (message) => tabs.has(tab) && receive(tab, message),
        unplug() {
          if (tabs.delete(tab) && welcome) union.leave(tab)
        },
      }
    },
    close() {
      clock.clearTimer(settling)
      tabs.clear()
      link.close()
    },
  }
}
