import type { ServerMessage } from '@rollcall/core/protocol'

/**
 * Reads server-sent events to their end. Rejects when the stream breaks, or says nothing for `silentMs`. An event that is
 * no JSON is passed over.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  silentMs: number,
  onMessage: (message: ServerMessage) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let isSilent = false
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    for (;;) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        isSilent = true
        reader.cancel().catch(() => {})
      }, silentMs)
      const { done, value } = await reader.read()
      if (isSilent) throw new Error('the event stream fell silent')
      if (done) return
      const events = (text + decoder.decode(value, { stream: true })).split('\n\n')
      text = events.pop() as string
      for (const event of events) {
        const message = dataOf(event)
        if (message) onMessage(message)
      }
    }
  } finally {
    clearTimeout(timer)
  }
}

function dataOf(event: string): ServerMessage | null {
  const lines = event.split('\n').filter((line) => line.startsWith('data:'))
  try {
    return lines.length ? JSON.parse(lines.map((line) => line.slice(5)).join('\n')) : null
  } catch {
    return null
  }
}
