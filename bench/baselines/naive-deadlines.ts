/** Deadlines as the usual tutorials keep them: one timer each, replaced whenever the deadline moves. */
export function createNaiveDeadlines(count: number, afterMs: number, onDue: (id: number) => void) {
  const timers: (NodeJS.Timeout | null)[] = new Array(count).fill(null)
  return {
    arm(id: number): void {
      const timer = timers[id]
      if (timer != null) clearTimeout(timer)
      timers[id] = setTimeout(() => {
        timers[id] = null
        onDue(id)
      }, afterMs)
    },
    clear(): void {
      for (const timer of timers) if (timer != null) clearTimeout(timer)
      timers.fill(null)
    },
  }
}
