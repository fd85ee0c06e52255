/** A generator of numbers that look random and are the same for the same seed. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** A generator of its own for `name`: what is drawn from it moves nothing that others draw. */
  fork(name: string): Random
}

/** sfc32, seeded by a hash of `seed`. */
export function createRandom(seed: string | number): Random {
  const text = String(seed)
  let [a, b, c, d] = [hashOf(text, 1), hashOf(text, 2), hashOf(text, 3), 1]
  const next = () => {
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return (t >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 12; i++) next()
  const random: Random = {
    next,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
    fork: (name) => createRandom(`${text}/${name}`),
  }
  return random
}

function hashOf(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

/** Draws nothing: always the lowest number, the middle, and a choice that depends on the name alone. */
export function createSteadyRandom(name: string): Random {
  return {
    next: () => 0.5,
    whole: (low) => low,
    chance: (probability) => probability >= 1,
    pick: (items) => items[(hashOf(name, 1) >>> 0) % items.length] as (typeof items)[number],
    fork: (part) => createSteadyRandom(`${name}/${part}`),
  }
}
