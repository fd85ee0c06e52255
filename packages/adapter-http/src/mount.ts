import { DEFAULT_BASE_PATH, demandBasePath } from './options.ts'

/** The path of a URL without its query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

/** What a framework took off the URL of a request that is mounted below a prefix. */
export function prefixOf(originalUrl: string, url: string): string {
  const original = pathOf(originalUrl)
  const path = pathOf(url)
  if (path === '/') return original.endsWith('/') ? original.slice(0, -1) : original
  return original.endsWith(path) ? original.slice(0, -path.length) : ''
}

/**
 * Where the routes begin in a framework: below the prefix that the handler is mounted under and, unless the application
 * names another path, nowhere else; not mounted anywhere, below `/presence`.
 */
export function mountedAt(prefix: string, basePath: string | undefined): string {
  const mounted = demandBasePath(prefix)
  return mounted + demandBasePath(basePath ?? (mounted === '' ? DEFAULT_BASE_PATH : ''))
}

/** Whether a path is the handler's to answer. */
export function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`)
}
