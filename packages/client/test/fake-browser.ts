import type { TabChannel, TabPlatform } from '@rollcall/client/tabs'
import type { VirtualClock } from '@rollcall/core/testing'

/** One tab of a {@link FakeBrowser}. */
export interface FakeTab extends TabPlatform {
  /** Gone without a word: its locks are free, its channels silent. */
  crash(): void
  /** While frozen nothing is delivered to it, and it keeps its locks. */
  frozen: boolean
  /** Locks held and waited for, and channels open. */
  readonly open: number
}

/** Locks and channels of one origin. A lock takes a millisecond, as it does between processes; a message may take longer. */
export interface FakeBrowser {
  tab(): FakeTab
}

interface LockRequest {
  readonly tab: object
  readonly grant: () => void
  readonly reject: (error: Error) => void
}

const aborted = () => Object.assign(new Error('The lock request was aborted'), { name: 'AbortError' })

export function createFakeBrowser(clock: VirtualClock, messageMs = 1): FakeBrowser {
  const held = new Map<string, LockRequest>()
  const queues = new Map<string, LockRequest[]>()
  const channels = new Set<TabChannel & { readonly name: string; readonly tab: FakeTab }>()
  const later = (work: () => void, ms = 1) => void clock.setTimer(work, ms)

  const next = (name: string) => {
    if (held.has(name)) return
    const request = queues.get(name)?.shift()
    if (!request) return
    held.set(name, request)
    later(request.grant)
  }
  const free = (name: string, request: LockRequest) => {
    if (held.get(name) !== request) return
    held.delete(name)
    next(name)
  }
  const remove = (name: string, request: LockRequest) => {
    const queue = queues.get(name) ?? []
    if (queue.includes(request)) queue.splice(queue.indexOf(request), 1)
  }

  const createTab = (): FakeTab => {
    let isCrashed = false
    const request = (name: string, options: LockOptions, work: () => unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const mine: LockRequest = {
          tab,
          reject,
          grant() {
            if (isCrashed || held.get(name) !== mine) return
            Promise.resolve(work()).then((result) => {
              free(name, mine)
              resolve(result)
            }, reject)
          },
        }
        options.signal?.addEventListener('abort', () => {
          const queue = queues.get(name) ?? []
          if (!queue.includes(mine)) return
          remove(name, mine)
          reject(aborted())
        })
        const queue = queues.get(name) ?? []
        queues.set(name, queue)
        if (options.steal) {
          const robbed = held.get(name)
          held.set(name, mine)
          robbed?.reject(aborted())
          later(mine.grant)
        } else {
          queue.push(mine)
          next(name)
        }
      })
    const tab: FakeTab = {
      frozen: false,
      locks: { request: request as TabPlatform['locks']['request'] },
      channel(name) {
        const channel = {
          name,
          tab,
          onmessage: null as TabChannel['onmessage'],
          postMessage(message: unknown) {
            if (isCrashed) return
            if (!channels.has(channel)) throw new Error('The channel is closed')
            const data = structuredClone(message)
            for (const other of channels) {
              if (other === channel || other.name !== name) continue
              later(() => {
                if (channels.has(other) && !other.tab.frozen) other.onmessage?.({ data } as MessageEvent)
              }, messageMs)
            }
          },
          close: () => void channels.delete(channel),
        }
        channels.add(channel)
        return channel
      },
      crash() {
        isCrashed = true
        for (const channel of channels) if (channel.tab === tab) channels.delete(channel)
        for (const [name, queue] of queues) for (const mine of [...queue]) if (mine.tab === tab) remove(name, mine)
        for (const [name, mine] of [...held]) if (mine.tab === tab) free(name, mine)
      },
      get open() {
        const locks = [...held.values(), ...[...queues.values()].flat()].filter((mine) => mine.tab === tab)
        return locks.length + [...channels].filter((channel) => channel.tab === tab).length
      },
    }
    return tab
  }
  return { tab: createTab }
}
