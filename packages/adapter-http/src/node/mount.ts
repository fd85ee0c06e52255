import { demandBasePath } from '../options.ts'

const DEFAULT_BASE_PATH = '/presence'

/** The path of a URL without its query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
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
