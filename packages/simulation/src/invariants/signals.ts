import type { Invariant } from './invariant.ts'

/**
 * A signal is heard at most once. Excused: those that a page sends over HTTP, whose requests may come twice, and pages over
 * HTTP, which hear over two streams while one follows the other.
 */
export const signals: Invariant = {
  name: 'signals',
  begin({ tabs }) {
    const heard = new Set<string>()
    return {
      heard(page, way, message) {
        if (message.type !== 'signal' || way.server === null || message.forMs === 0) return null
        const { from, n } = (message.data ?? {}) as { readonly from?: string; readonly n?: number }
        if (from === undefined || tabs.get(from)?.over !== 'socket') return null
        const key = `${page.tab.name} ${page.openedAt} ${from} ${n}`
        if (heard.has(key)) return `page ${page.tab.name} hears signal ${n} of page ${from} twice`
        heard.add(key)
        return null
      },
    }
  },
}
