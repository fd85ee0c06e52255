/** Other tabs of the same origin and user. */
export interface SiblingTabs {
  /** Tells them when the newest input was; wall clock, ms. */
  tell(inputAt: number): void
  close(): void
}

/** Joins them; where there is no BroadcastChannel, or it is forbidden, one tab is alone. */
export function joinSiblingTabs(userId: string, onInput: (inputAt: number) => void): SiblingTabs {
  let channel: BroadcastChannel | null = null
  try {
    channel = new BroadcastChannel(`rollcall:${userId}`)
    channel.onmessage = ({ data }) => {
      if (Number.isFinite(data)) onInput(data)
    }
  } catch {}
  return {
    tell: (inputAt) => channel?.postMessage(inputAt),
    close: () => channel?.close(),
  }
}
