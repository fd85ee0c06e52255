import { type Presence, permits, type Viewer, type WatchedTopic } from '@rollcall/core'
import { parseClientMessage, type Topic } from '@rollcall/core/protocol'
import { Problem, type ProblemCode } from '../problem.ts'
import { type Cursor, topicsFrom } from './cursor.ts'

/** Topics of one `GET /events`: what a URL holds, and what its ids can keep. */
export const MAX_TOPICS = 50

/**
 * What `GET /events` is to hear of, from where its reader has come. Throws a problem for topics that are none, too many
 * or not to be watched by the viewer; granted spaces that may not be watched are left out.
 *
 * @param asked None: all spaces granted to the viewer.
 */
export async function demandWatchable(
  presence: Presence,
  viewer: Viewer,
  asked: readonly string[],
  cursor: Cursor,
): Promise<readonly WatchedTopic[]> {
  const names = asked.length > 0 ? asked : viewer.spaces.map((space) => `space:${space}`)
  if (names.length === 0) {
    throw new Problem('bad-message', 'Name a topic, such as watch=space:a: no space is granted to you', {
      in: 'query',
      field: 'watch',
    })
  }
  if (names.length > MAX_TOPICS) {
    throw new Problem(
      'limit-exceeded',
      `These are ${names.length} topics; an event stream is of at most ${MAX_TOPICS}, the client's of ${presence.limits.watched}`,
      { field: 'watch', topics: names.length, limit: MAX_TOPICS },
    )
  }
  const parsed = parseClientMessage({ type: 'watch', id: 0, topics: topicsFrom(names, cursor) }, presence.limits)
  if (!parsed.ok) throw new Problem(parsed.code as ProblemCode, parsed.message, { ...parsed.details })
  const { topics } = parsed.message as { readonly topics: readonly WatchedTopic[] }
  const mayWatch = ({ topic }: { readonly topic: Topic }) =>
    permits(presence, 'canWatch', (access) => access.canWatch(viewer, topic))
  const verdicts = await Promise.all(topics.map(mayWatch))
  const denied = topics.filter((_, i) => !verdicts[i]).map(({ topic }) => topic)
  if (denied.length > 0 && (asked.length > 0 || denied.length === topics.length)) {
    throw new Problem('forbidden', 'These topics may not be watched by you', { topics: denied })
  }
  return topics.filter((_, i) => verdicts[i])
}
