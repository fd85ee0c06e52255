import type { Invariant } from './invariant.ts'

/**
 * A page that repeats a resume, for it missed the welcome, takes the place of the connection it made the first time: a
 * page that holds a token never has two connections. Excused: users of whom the store lost what the token names.
 */
export const resumes: Invariant = {
  name: 'resumes',
  begin: ({ shared }) => ({
    accepted({ write: { userId }, before, after }) {
      if (before === null || after === null || shared.damaged.has(userId)) return null
      for (const { id, resume, replaces } of after.connections) {
        if (resume === null || before.connections.some((other) => other.id === id)) continue
        const forgotten = before.connections.find(
          (other) => other.resume?.instance === resume.instance && other.resume.used.length > 0,
        )
        const stands = forgotten !== undefined && after.connections.some((other) => other.id === forgotten.id)
        if (stands && !replaces.includes(forgotten.id))
          return `${userId}: the page of connection ${forgotten.id} has connection ${id} besides`
      }
      return null
    },
  }),
}
