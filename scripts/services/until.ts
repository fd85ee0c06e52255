/** Repeats an attempt until it resolves; rejects with the last failure after `withinMs`, or at once when `given up` throws. */
export async function until(
  withinMs: number,
  attempt: () => Promise<void>,
  giveUp: () => void = () => {},
): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      giveUp()
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
