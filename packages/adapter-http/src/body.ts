import { Problem } from './problem.ts'

/** The body of a request that its `Request` does not carry: read where it is, it needs no stream of its own. */
export type LentBody =
  /** What the application's own body parser made of it. */
  | { readonly parsed: unknown }
  /** Rejects with a problem for what is longer than `limit` or ends too early. */
  | { read(limit: number): Promise<Uint8Array> }

const lent = new WeakMap<Request, LentBody>()

/** Says where the body of a request is. */
export function lendBody(request: Request, body: LentBody): void {
  lent.set(request, body)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The JSON in the body of a request, read no further than `limit` bytes; `undefined` without a body. Throws a problem:
 * 415 for what is not JSON, 413 for what is too long, 400 for what cannot be read.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN)
  if (declared === 0) return undefined
  if (declared > limit) throw tooLarge(limit)
  const body = lent.get(request)
  const isParsed = body !== undefined && 'parsed' in body
  const bytes = isParsed ? null : await readBytes(request, limit)
  if (bytes?.byteLength === 0) return undefined
  const type = request.headers.get('content-type')
  if (!isJson(type)) {
    throw new Problem('unsupported-media-type', `The body is ${type ?? 'of no type'}; send application/json`, { type })
  }
  if (bytes === null) return (body as { readonly parsed: unknown }).parsed
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Problem('bad-message', 'The body is no JSON in UTF-8')
  }
}

/** The body as text, read no further than `limit` bytes. Throws a problem: 413 for what is too long. */
export async function readText(request: Request, limit: number): Promise<string> {
  const body = lent.get(request)
  if (body !== undefined && 'parsed' in body) return typeof body.parsed === 'string' ? body.parsed : ''
  return new TextDecoder().decode(await readBytes(request, limit))
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const body = lent.get(request)
  if (body !== undefined && 'read' in body) return body.read(limit)
  if (request.body === null) return new Uint8Array()
  const gathered = gather(limit)
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw cutShort()
    })
    if (done) return gathered.bytes()
    if (gathered.add(value)) continue
    reader.cancel().catch(() => {
      // Whoever sends it has gone.
    })
    throw tooLarge(limit)
  }
}

/** Puts a body together from its pieces, up to a limit. */
export function gather(limit: number): { add(chunk: Uint8Array): boolean; bytes(): Uint8Array } {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    /** `false`: this is too much. */
    add(chunk) {
      size += chunk.byteLength
      if (size > limit) return false
      chunks.push(chunk)
      return true
    },
    bytes() {
      const [first] = chunks
      if (chunks.length === 1 && first !== undefined) return first
      const bytes = new Uint8Array(size)
      let at = 0
      for (const chunk of chunks) {
        bytes.set(chunk, at)
        at += chunk.byteLength
      }
      return bytes
    },
  }
}

function isJson(type: string | null): boolean {
  const essence = (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return essence === 'application/json' || (essence.startsWith('application/') && essence.endsWith('+json'))
}

export function tooLarge(limit: number): Problem {
  return new Problem('limit-exceeded', `The body is longer than ${limit} bytes`, { limit }, { status: 413 })
}

export function cutShort(): Problem {
  return new Problem('bad-message', 'The body ended before it was whole')
}
