import type { ClientMessage, Json, ServerMessage, Topic, WantedSpace } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Request } from '../connection/requests.ts'
import type { Hello, Tab } from './tab.ts'

type Welcome = Extract<ServerMessage, { type: 'welcome' }>

/** What the tabs want, taken together, and what the server is told of it: a change of one counts if no other outweighs it. */
export interface Union {
  /** Where to stand from the hello on. */
  greeting(own: Hello): Pick<Hello, 'spaces'>
  begin(welcome: Welcome): void
  /** A tab was welcomed. `isGreeted`: the server heard its hello itself. */
  come(tab: Tab, granted: readonly string[], isGreeted: boolean): void
  /** All tabs have said what they want: what is left over of those that are gone ends. */
  settle(welcome: Welcome): void
  note(tab: Tab, message: ClientMessage): void
  /** `true`: another tab stays there, and the server need not know. */
  exit(tab: Tab, space: string): boolean
  unwatch(tab: Tab, topics: readonly Topic[]): boolean
  feel(tab: Tab, type: 'active' | 'idle'): boolean
  /** A tab is gone. */
  leave(tab: Tab): void
}

/** Without a word for so long a tab counts as idle: the server's own default. */
const IDLE_AFTER_MS = 300_000
/** Topics in one message: of the longest names they stay below its limit. */
const TOPICS_AT_ONCE = 50

export function createUnion(
  tabs: ReadonlySet<Tab>,
  clock: ClientClock,
  send: (message: ClientMessage) => boolean,
  ask: (request: Request, tab?: Tab | null) => boolean,
): Union {
  /** Where the connection stands, as far as known. */
  let standing = new Set<string>()
  /** The server was told that the user is idle. */
  let isIdle = false

  const others = (tab: Tab) => [...tabs].filter((other) => other !== tab)
  const enter = (tab: Tab, { space, state }: { readonly space: string; readonly state?: Json | undefined }) => {
    if (standing.has(space) && state === undefined) return
    standing.add(space)
    ask({ type: 'enter', space, ...(state !== undefined && { state }) }, tab)
  }
  const exit: Union['exit'] = (tab, space) => {
    const state = tab.spaces.get(space)
    tab.spaces.delete(space)
    const other = others(tab).find(({ spaces }) => spaces.has(space))
    if (!other) {
      standing.delete(space)
      return false
    }
    // What shows there may have been the state of the tab that exits.
    if (state !== undefined) ask({ type: 'state', space, state: other.spaces.get(space) ?? null })
    return true
  }
  const unwatch: Union['unwatch'] = (tab, topics) => {
    for (const topic of topics) tab.topics.delete(topic)
    const ended = topics.filter((topic) => !others(tab).some((other) => other.topics.has(topic)))
    for (let i = 0; i < ended.length; i += TOPICS_AT_ONCE) {
      send({ type: 'unwatch', topics: ended.slice(i, i + TOPICS_AT_ONCE) })
    }
    return true
  }
  const rest = () => {
    const now = clock.now()
    const all = [...tabs]
    if (isIdle || !all.some((tab) => tab.isIdle)) return true
    if (!all.every((tab) => tab.isIdle || Math.abs(now - tab.activeAt) >= IDLE_AFTER_MS)) return true
    isIdle = true
    return send({ type: 'idle' })
  }
  const feel: Union['feel'] = (tab, type) => {
    tab.isIdle = type === 'idle'
    if (tab.isIdle) return rest()
    tab.activeAt = clock.now()
    isIdle = false
    return send({ type: 'active' })
  }
  return {
    greeting({ spaces }) {
      const greeted = [...tabs].filter(({ hello }) => hello)
      if (!spaces || greeted.some(({ hello }) => !hello?.spaces)) return {}
      const wanted = new Map<string, WantedSpace>()
      for (const { hello } of greeted.reverse()) for (const stay of hello?.spaces ?? []) wanted.set(stay.space, stay)
      return { spaces: [...wanted.values()] }
    },
    begin({ connectionId, self }) {
      const mine = self.connections.find((connection) => connection.connectionId === connectionId)
      standing = new Set(mine?.spaces.map(({ space }) => space))
      isIdle = false
    },
    come(tab, granted, isGreeted) {
      const wanted: readonly WantedSpace[] = tab.hello?.spaces ?? granted.map((space) => ({ space }))
      tab.spaces = new Map(wanted.map(({ space, state }) => [space, state]))
      if (isGreeted) {
        for (const { space } of wanted) standing.add(space)
        return
      }
      for (const stay of wanted) enter(tab, stay)
      // A page that was opened is input; one that comes back is not.
      if (!tab.hello?.resume) feel(tab, 'active')
    },
    settle({ connectionId, self }) {
      const all = [...tabs]
      for (const space of [...standing]) {
        if (all.some(({ spaces }) => spaces.has(space))) continue
        standing.delete(space)
        ask({ type: 'exit', space })
      }
      for (const claim of self.claims) {
        if (claim.connectionId === connectionId && !all.some(({ bound }) => bound.has(claim.source))) {
          ask({ type: 'clear', source: claim.source })
        }
      }
    },
    note(tab, message) {
      if (message.type === 'watch') for (const { topic } of message.topics) tab.topics.add(topic)
      if (message.type !== 'enter' && message.type !== 'state') return
      const { space, state = tab.spaces.get(space) } = message
      tab.spaces.set(space, state)
      standing.add(space)
    },
    exit,
    unwatch,
    feel,
    leave(tab) {
      unwatch(tab, [...tab.topics])
      for (const space of [...tab.spaces.keys()]) if (!exit(tab, space)) ask({ type: 'exit', space })
      for (const source of tab.bound) {
        if (!others(tab).some(({ bound }) => bound.has(source))) ask({ type: 'clear', source })
      }
      rest()
    },
  }
}
