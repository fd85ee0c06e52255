/** Everything that happened, as one number: two runs with the same number were the same run. */
export interface Trace {
  note(at: number, what: string): void
  readonly hash: string
}

export function createTrace(): Trace {
  let low = 0x811c9dc5
  let high = 0x1b873593
  return {
    note(at, what) {
      low = Math.imul(low ^ at, 0x01000193)
      for (let i = 0; i < what.length; i++) {
        low = Math.imul(low ^ what.charCodeAt(i), 0x01000193)
        high = Math.imul(high ^ low, 0x85ebca6b) ^ (high >>> 15)
      }
    },
    get hash() {
      return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0')
    },
  }
}
