import type { ClientTransport, TransportLink, TransportListener } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { BoxMessage, RoomMessage, TabChannel, TabPlatform } from './room.ts'
import { createSwitchboard, type Line, type Switchboard } from './switchboard.ts'
import { noteBound } from './tab.ts'

/** Tabs that share, as one of them knows it. */
export interface Group {
  readonly transport: ClientTransport
  readonly platform: TabPlatform
  readonly clock: ClientClock
  /** Name of the lock of the one that leads, and of the channel where all hear all. */
  readonly name: string
  readonly userId: string
  /** Sources of this tab's claims that are to end with it. */
  readonly bound: Set<string>
  randomId(): string
  /** Says why a connection is not shared. */
  warn(why: string): void
}

/** Another tab, for the one that leads. */
interface Caller {
  readonly line: Line
  readonly box: TabChannel
  hangUp(): void
}

/** One that leads answers at once; one that does not is stuck, and its lock is taken away. */
const KNOCK_MS = 3000
/** What a tab said last may come later than the news that its lock is free. */
const LAST_WORDS_MS = 100

/**
 * Takes part in a group of tabs: leads it, with the connection of all, or speaks through the tab that does. Whoever
 * holds the lock leads, all others stand in line for it: a tab that goes, or crashes, sets it free. A tab that leads
 * anew has everybody say hello again; the first such hello resumes the connection that was.
 */
export function takeSeat(group: Group, listener: TransportListener): TransportLink {
  const { platform, clock, name, userId, bound } = group
  const { locks } = platform
  const me = group.randomId()
  const room = platform.channel(name)
  const box = platform.channel(`${name}:${me}`)
  const ending = new AbortController()
  const releases: (() => void)[] = []
  const callers = new Map<string, Caller>()
  let board: Switchboard | undefined
  let line: Line | undefined
  /** Connected by itself, for want of locks. */
  let solo: TransportLink | undefined
  let leader: string | undefined
  let knocking: unknown
  let isSeated = false
  let isReleased = false
  let isOver = false

  /** Holds a lock until this seat is left. */
  const hold = (lock: string, onHeld: () => void, steal = false) => {
    const held = locks.request(lock, steal ? { steal } : { signal: ending.signal }, () => {
      if (isReleased) return
      onHeld()
      return new Promise<void>((resolve) => releases.push(resolve))
    })
    held.catch((error: unknown) => {
      if (isReleased) return
      if ((error as Error).name === 'AbortError') listener.onClose('another tab leads now')
      else goAlone(`Web Locks cannot be used here: ${error}`)
    })
  }
  const release = () => {
    isReleased = true
    clock.clearTimer(knocking)
    ending.abort()
    for (const free of releases.splice(0)) free()
    for (const { hangUp } of callers.values()) hangUp()
    callers.clear()
    room.close()
    box.close()
  }
  const goAlone = (why: string) => {
    group.warn(why)
    release()
    solo = group.transport.open(listener)
  }
  const lead = () => {
    if (board) return
    clock.clearTimer(knocking)
    leader = undefined
    board = createSwitchboard(
      group.transport,
      clock,
      userId,
      (reason) => {
        // Nobody takes over what the server ended: all come back apart.
        for (const { box } of callers.values()) box.postMessage({ from: me, closed: reason })
        listener.onClose(reason)
      },
      () => {
        group.warn(`The server knows this tab as another user than ${userId}`)
        release()
      },
    )
    // Never inside of what this tab itself says.
    line = board.plug((message) => {
      queueMicrotask(() => {
        if (!isOver) listener.onMessage(message)
      })
    }, bound)
    room.postMessage({ type: 'leads', from: me })
    listener.onOpen()
  }
  /**
   * Hears out the tab that led before: the news that its lock is free may overtake what it said last, such as that all are
   * signed out. What this tab says to itself comes after that. No timer, which a hidden page is held back in.
   */
  const succeed = () => {
    const self = platform.channel(`${name}:${me}`)
    self.postMessage({ from: me })
    self.close()
  }
  const knock = () => {
    leader = undefined
    room.postMessage({ type: 'knock', from: me, bound: [...bound] })
    clock.clearTimer(knocking)
    knocking = clock.setTimer(() => hold(name, succeed, true), KNOCK_MS)
  }
  const receive = (by: Switchboard, { from, bound }: Extract<RoomMessage, { type: 'knock' }>) => {
    const known = callers.get(from)
    // The same tab, which heard of us twice: what it wants goes on.
    if (known) return known.box.postMessage({ from: me })
    const reply = platform.channel(`${name}:${from}`)
    const line = by.plug((message) => reply.postMessage({ from: me, message }), bound)
    let leaving: unknown
    callers.set(from, {
      line,
      box: reply,
      hangUp() {
        clock.clearTimer(leaving)
        callers.delete(from)
        reply.close()
        line.unplug()
      },
    })
    reply.postMessage({ from: me })
    // Free as soon as the tab is gone, whatever became of it.
    locks
      .request(`${name}:${from}`, { signal: ending.signal }, () => {
        const caller = callers.get(from)
        if (caller?.line === line) leaving = clock.setTimer(caller.hangUp, LAST_WORDS_MS)
      })
      .catch(() => {})
  }
  room.onmessage = ({ data }: MessageEvent<RoomMessage>) => {
    if (data.type === 'leads') {
      if (isSeated && !board && data.from !== leader) knock()
    } else if (!board) return
    else if (data.type === 'knock') receive(board, data)
    else if (data.type === 'gone') callers.get(data.from)?.hangUp()
    else if (data.to === me) callers.get(data.from)?.line.send(data.message)
  }
  box.onmessage = ({ data }: MessageEvent<BoxMessage>) => {
    if (data.from === me) lead()
    else if (data.message) {
      // A good-bye is for good whoever leads by now: that of the one before may come late.
      if (data.from === leader || data.message.type === 'bye') listener.onMessage(data.message)
    } else if (data.closed === undefined) {
      clock.clearTimer(knocking)
      leader = data.from
      listener.onOpen()
    } else if (data.from === leader) listener.onClose(data.closed)
  }
  // A lock of its own tells whoever leads that this tab lives: it knocks only once that is held.
  hold(`${name}:${me}`, () => {
    isSeated = true
    hold(name, succeed)
    knock()
  })

  return {
    send(message) {
      noteBound(bound, message)
      if (isOver) return false
      if (solo) return solo.send(message)
      if (line) return line.send(message)
      if (leader === undefined) return false
      try {
        // A token goes to the server, and to nobody else.
        const said = message.type === 'hello' ? { ...message, token: null } : message
        room.postMessage({ type: 'say', from: me, to: leader, message: said })
        return true
      } catch {
        // Something in it cannot be sent to anybody.
        return false
      }
    },
    close() {
      if (isOver) return
      isOver = true
      if (solo) return solo.close()
      if (!board) room.postMessage({ type: 'gone', from: me })
      // First, so that it does not unwind on the server what the others go on wanting.
      board?.close()
      release()
    },
  }
}
