/** One WebDriver BiDi connection: commands and their answers, no events. */
export interface Bidi {
  /** Rejects with the browser's own words when it refuses, or when the connection ends first. */
  send<T>(method: string, params: object): Promise<T>
  close(): void
}

type Answer = { id: number | null; type: string; result?: unknown; error?: string; message?: string }

export async function connectBidi(url: string): Promise<Bidi> {
  const socket = new WebSocket(url)
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>()
  let lastId = 0
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = () => reject(new Error(`no WebDriver BiDi at ${url}`))
  })
  socket.onmessage = ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(data) as Answer
    const call = waiting.get(id ?? 0)
    waiting.delete(id ?? 0)
    if (type === 'success') call?.resolve(result as never)
    else call?.reject(new Error(`${error}: ${message}`))
  }
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'))
    waiting.clear()
  }
  return {
    send: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => socket.close(),
  }
}
