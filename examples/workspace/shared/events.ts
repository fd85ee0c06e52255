import type { CauseNote, Status } from '@rollcall/core/protocol'

/** What travels with presence here, declared once for the server and the client. */
declare module '@rollcall/core' {
  interface Register {
    spaceStates: {
      [space: `org:${string}`]: null
      /** Whether one has the channel open. */
      [space: `channel:${string}`]: { readonly reading: true } | null
    }
    signals: { typing: null }
    claimSources: never
  }
}

/** What the application itself says over the socket, beside presence. */
export interface ServerEvents {
  'chat:message': (message: ChatMessage) => void
  'colleagues:state': (colleagues: readonly Colleague[]) => void
  'history:entry': (entry: HistoryEntry) => void
  /** The name of the node at the other end, where there are many. */
  'node:name': (name: string) => void
}

export interface ClientEvents {
  /** Answers with the newest messages of a channel, oldest first; empty if one is no member. */
  'chat:open': (channelId: string, answer: (messages: readonly ChatMessage[]) => void) => void
  'chat:send': (channelId: string, text: string) => void
  /** For the round trip shown to the user. */
  echo: (answer: () => void) => void
}

export interface ChatMessage {
  readonly id: string
  readonly channelId: string
  readonly userId: string
  readonly text: string
  readonly at: number
}

/** A person played by the server. */
export interface Colleague {
  readonly userId: string
  readonly on: boolean
  /** What the script has them do now, in words. */
  readonly doing: string
}

/** One transition of a user, kept by the application: presence itself remembers only the last one. */
export interface HistoryEntry {
  readonly id: string
  readonly userId: string
  readonly from: Status
  readonly to: Status
  readonly hidden: boolean
  readonly cause: CauseNote['cause']
  /** Who made the claim that decides now, if one does. */
  readonly claimedBy: string | null
  readonly device: string | null
  readonly at: number
}

/** What the server tells everyone before login. */
export interface Settings {
  readonly idleAfterMs: number | null
  readonly dormantAfterMs: number | null
  readonly graceMs: number
  readonly hintGraceMs: number
  /** Many nodes behind one front, which admins see. */
  readonly nodes: boolean
}
