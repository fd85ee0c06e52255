import type { IndexEntries, Standing, StoreQuery } from '@rollcall/core'

/** Says of a status that it is any but `offline`. */
const PRESENT = 'present'

/**
 * Where a user stands, as others and as admins see it, each as one text: `others online org:1`. Whatever
 * {@link StoreQuery} asks for is one text too, so that one index finds it, in the order of user ids.
 */
export function placesOf({ shown, real }: IndexEntries): string[] {
  return [...placesFor('others', shown), ...placesFor('admin', real)]
}

/** What a user is looked up by. */
export function placeOf({ as, status, space }: StoreQuery): string {
  const word = status ?? PRESENT
  return space === undefined ? `${as} ${word}` : `${as} ${word} ${space}`
}

function placesFor(as: StoreQuery['as'], { status, spaces }: Standing): string[] {
  const words = status === 'offline' ? [status] : [PRESENT, status]
  const places = words.map((word) => `${as} ${word}`)
  for (const space of spaces) for (const word of words) places.push(`${as} ${word} ${space}`)
  return places
}
