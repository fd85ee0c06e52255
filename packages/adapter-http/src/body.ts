import { Problem } from './problem.ts'

/**
 * The JSON in the body of a request, read no further than `limit` bytes; `undefined` without a body. Throws a problem:
 * 415 for what is not JSON, 413 for what is too long, 400 for what cannot be read.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN)
  if (request.body === null || declared === 0) return undefined
  if (declared > limit) throw tooLarge(limit)
  const bytes = await readBytes(request.body, limit)
  if (bytes.byteLength === 0) return undefined
  const type = request.headers.get('content-type')
  if (!isJson(type)) {
    throw new Problem('unsupported-media-type', `The body is ${type ?? 'of no type'}; send application/json`, { type })
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem('bad-message', 'The body is no JSON in UTF-8')
  }
}

/** The body as text, read no further than `limit` bytes. Throws a problem: 413 for what is too long. */
export async function readText(request: Request, limit: number): Promise<string> {
  return request.body === null ? '' : new TextDecoder().decode(await readBytes(request.body, limit))
}

async function readBytes(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Problem('bad-message', 'The body ended before it was whole')
    })
    if (done) break
    size += value.byteLength
    if (size > limit) {
      reader.cancel().catch(() => {
        // Whoever sends it has gone.
      })
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function isJson(type: string | null): boolean {
  const essence = (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return essence === 'application/json' || (essence.startsWith('application/') && essence.endsWith('+json'))
}

function tooLarge(limit: number): Problem {
  return new Problem('limit-exceeded', `The body is longer than ${limit} bytes`, { limit }, { status: 413 })
}
