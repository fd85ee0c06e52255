/** A lopsided sample may put a node's store time ahead of the store's, or behind it, by so much. */
export const CLOCK_ERROR_MS = 600
