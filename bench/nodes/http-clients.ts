/** Users who beat over HTTP, in a process of their own. Started by `http-beats`; ends with it. */
import { Agent, request } from 'node:http'

export interface ClientsOptions {
  readonly url: string
  readonly users: number
  /** Each user beats so often; all of them at even distances. */
  readonly beatMs: number
}

/** What became of the beats so far. */
export interface Heard {
  readonly answered: number
  readonly failed: number
  /** What became of the first one that failed. */
  readonly firstFailure: string | null
}

const TICK_MS = 10

const { url, users, beatMs } = JSON.parse(process.argv[2] as string) as ClientsOptions
const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const body = JSON.stringify({ nextInMs: beatMs })
let answered = 0
let failed = 0
let firstFailure: string | null = null

function fail(what: string): void {
  failed++
  firstFailure ??= what
}

function beat(user: number): void {
  const headers = {
    authorization: `Bearer user-${user}`,
    'content-type': 'application/json',
    'content-length': body.length,
  }
  const sent = request(url, { method: 'POST', agent, headers }, (response) => {
    response.resume()
    if (response.statusCode === 200) answered++
    else fail(`${response.statusCode}`)
  })
  sent.once('error', (error) => fail(`${error}`))
  sent.end(body)
}

const startedAt = performance.now()
let sent = 0
setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / beatMs) * users)
  for (; sent < due; sent++) beat(sent % users)
}, TICK_MS)
process.on('message', () => process.send?.({ answered, failed, firstFailure } satisfies Heard))
process.once('disconnect', () => process.exit())
