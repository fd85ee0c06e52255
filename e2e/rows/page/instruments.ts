/** What the page holds and has made, counted below the client: nothing it does can go past these. */
export interface Instruments {
  /** Listeners that stand on the window and the document, with their options, such as `window pagehide capture`. */
  readonly listeners: Map<string, number>
  /** Timers that wait, and all that were ever made. */
  readonly timers: Set<unknown>
  timersMade: number
  channels: number
  /** Web Locks asked for and not yet released. */
  locks: number
  readonly workers: string[]
  readonly sockets: { readonly url: string; readonly at: number; readonly socket: WebSocket }[]
  readonly fetches: { readonly url: string; readonly init: RequestInit | undefined; readonly at: number }[]
  readonly beacons: { readonly url: string; readonly at: number }[]
}

export const instruments: Instruments = {
  listeners: new Map(),
  timers: new Set(),
  timersMade: 0,
  channels: 0,
  locks: 0,
  workers: [],
  sockets: [],
  fetches: [],
  beacons: [],
}

function countListeners(target: EventTarget, name: string): void {
  const standing = new Map<string, Set<unknown>>()
  const describe = (type: string, options: AddEventListenerOptions | boolean | undefined) => {
    const { capture = false, passive = false } = typeof options === 'object' ? options : { capture: options === true }
    const words = [name, type, ...(capture ? ['capture'] : []), ...(passive ? ['passive'] : [])]
    return { key: `${type} ${capture}`, text: words.join(' ') }
  }
  const { addEventListener, removeEventListener } = target
  const { listeners } = instruments
  target.addEventListener = (type: string, listener: never, options?: AddEventListenerOptions | boolean) => {
    const { key, text } = describe(type, options)
    const there = standing.get(key) ?? new Set()
    standing.set(key, there)
    if (!there.has(listener)) listeners.set(text, (listeners.get(text) ?? 0) + 1)
    there.add(listener)
    addEventListener.call(target, type, listener, options)
  }
  target.removeEventListener = (type: string, listener: never, options?: EventListenerOptions | boolean) => {
    const { key, text } = describe(type, options)
    if (standing.get(key)?.delete(listener)) {
      // Removing names no more than the phase: passive or not, it is the same listener.
      const found = [text, `${text} passive`].find((each) => (listeners.get(each) ?? 0) > 0) ?? text
      listeners.set(found, (listeners.get(found) ?? 0) - 1)
      if (listeners.get(found) === 0) listeners.delete(found)
    }
    removeEventListener.call(target, type, listener, options)
  }
}

function countTimers(): void {
  const { setTimeout: set, clearTimeout: clear, setInterval: repeat, clearInterval: end } = window
  const { timers } = instruments
  const make = (handle: number) => {
    instruments.timersMade++
    timers.add(handle)
    return handle
  }
  window.setTimeout = ((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const handle = set(() => {
      timers.delete(handle)
      run(...args)
    }, ms)
    return make(handle)
  }) as typeof setTimeout
  window.clearTimeout = (handle) => {
    timers.delete(handle)
    clear(handle)
  }
  window.setInterval = ((run: () => void, ms?: number) => make(repeat(run, ms))) as typeof setInterval
  window.clearInterval = (handle) => {
    timers.delete(handle)
    end(handle)
  }
}

function countTheRest(): void {
  window.BroadcastChannel = class extends BroadcastChannel {
    #isOpen = true
    constructor(name: string) {
      super(name)
      instruments.channels++
    }
    override close() {
      if (this.#isOpen) instruments.channels--
      this.#isOpen = false
      super.close()
    }
  }
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      instruments.sockets.push({ url: `${url}`, at: Date.now(), socket: this })
    }
  }
  for (const name of ['Worker', 'SharedWorker'] as const) {
    const Original = window[name] as typeof Worker
    Object.assign(window, {
      [name]: class extends Original {
        constructor(url: string | URL) {
          super(url)
          instruments.workers.push(`${name} ${url}`)
        }
      },
    })
  }
  const { fetch } = window
  window.fetch = (input, init) => {
    instruments.fetches.push({ url: `${input instanceof Request ? input.url : input}`, init, at: Date.now() })
    return fetch.call(window, input, init)
  }
  const sendBeacon = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (url, data) => {
    instruments.beacons.push({ url: `${url}`, at: Date.now() })
    return sendBeacon(url, data)
  }
  if (!navigator.locks) return
  const request = navigator.locks.request.bind(navigator.locks) as (...args: unknown[]) => Promise<unknown>
  navigator.locks.request = ((...args: unknown[]) => {
    instruments.locks++
    return request(...args).finally(() => {
      instruments.locks--
    })
  }) as typeof navigator.locks.request
}

countListeners(window, 'window')
countListeners(document, 'document')
countTimers()
countTheRest()
