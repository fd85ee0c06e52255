import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Serves the built client from `folder`, an URL that ends in a slash. Answers 404 for anything else. */
export function staticFiles(folder: URL) {
  const root = fileURLToPath(folder)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = normalize(root + decodeURIComponent(pathname === '/' ? '/index.html' : pathname))
    const type = TYPES[extname(path)]
    const body =
      path.startsWith(root.endsWith(sep) ? root : root + sep) && type ? await readFile(path).catch(() => null) : null
    if (body === null || type === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n')
      return
    }
    response.writeHead(200, {
      'content-type': type,
      // Names under /assets carry a hash of their content.
      'cache-control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:",
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}
