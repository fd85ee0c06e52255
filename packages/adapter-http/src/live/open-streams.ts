/** How many streams each user has open on this node. */
export interface OpenStreams {
  /** Takes one of the user's places until the returned function is called, once or more; `null`: all are taken. */
  take(userId: string): (() => void) | null
}

export function createOpenStreams(most: number): OpenStreams {
  const open = new Map<string, number>()
  return {
    take(userId) {
      const before = open.get(userId) ?? 0
      if (before >= most) return null
      open.set(userId, before + 1)
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        const now = (open.get(userId) ?? 1) - 1
        if (now === 0) open.delete(userId)
        else open.set(userId, now)
      }
    },
  }
}
