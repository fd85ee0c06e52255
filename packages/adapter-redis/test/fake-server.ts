import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

/** A server that says what a test wants it to say. */
export interface FakeServer extends AsyncDisposable {
  readonly url: string
}

/** `answer` gets the words of a command and gives the reply as it goes over the wire; `null` says nothing. */
export async function startFakeServer(answer: (command: readonly string[]) => string | null): Promise<FakeServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (data) => {
      text += data
      for (let taken = takeCommand(text); taken !== null; taken = takeCommand(text)) {
        text = text.slice(taken.length)
        const reply = answer(taken.command)
        if (reply !== null) socket.write(reply)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** ASCII only: a length in bytes is one in characters. */
function takeCommand(text: string): { readonly command: readonly string[]; readonly length: number } | null {
  const [, count] = /^\*(\d+)\r\n/.exec(text) ?? []
  if (count === undefined) return null
  let at = text.indexOf('\r\n') + 2
  const command: string[] = []
  for (let i = 0; i < Number(count); i++) {
    const [head, length] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? []
    if (head === undefined) return null
    const from = at + head.length
    const to = from + Number(length)
    if (text.length < to + 2) return null
    command.push(text.slice(from, to))
    at = to + 2
  }
  return { command, length: at }
}

export const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
