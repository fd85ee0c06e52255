import type { ServerMessage } from '../protocol/messages.ts'
import type { Deadline, Deadlines } from './deadlines.ts'

/** How the page behind a transport is asked whether it lives. Answers of the network stack count for nothing. */
export interface PingOptions {
  readonly everyMs: number
  readonly answerWithinMs: number
}

/** Asks one page whether it is alive. */
export interface Pings {
  /** Begins to ask at regular intervals, if the transport needs it. */
  start(): void
  stop(): void
  /** The page answered ping `n`, and with it all before. */
  answer(n: number): void
  /** Asks once more: `true` if the page answers within `withinMs`. */
  probe(withinMs: number): Promise<boolean>
}

/**
 * @param options `null`: the transport itself proves that the page's script runs.
 * @param onSilent A regular ping was not answered in time.
 */
export function createPings(
  deadlines: Deadlines,
  options: PingOptions | null,
  send: (message: ServerMessage) => void,
  onSilent: () => void,
): Pings {
  let n = 0
  let next: Deadline | null = null
  let asked: number | null = null
  let probes: { readonly n: number; settle(answered: boolean): void }[] = []

  const askLater = ({ everyMs, answerWithinMs }: PingOptions) => {
    next = deadlines.set(everyMs, () => {
      next = deadlines.set(answerWithinMs, onSilent)
      asked = ++n
      send({ type: 'ping', n })
    })
  }
  const pings: Pings = {
    start() {
      pings.stop()
      if (options !== null) askLater(options)
    },
    stop() {
      next?.cancel()
      next = null
      asked = null
      const unanswered = probes
      probes = []
      for (const probe of unanswered) probe.settle(false)
    },
    answer(answered) {
      if (answered > n) return
      for (const probe of probes.filter((each) => each.n <= answered)) probe.settle(true)
      if (asked === null || answered < asked || options === null) return
      next?.cancel()
      asked = null
      askLater(options)
    },
    probe(withinMs) {
      return new Promise((resolve) => {
        const settle = (answered: boolean) => {
          deadline.cancel()
          probes = probes.filter((each) => each !== probe)
          resolve(answered)
        }
        const deadline = deadlines.set(withinMs, () => settle(false))
        const probe = { n: ++n, settle }
        probes.push(probe)
        send({ type: 'ping', n })
      })
    },
  }
  return pings
}
