/** Global set-up of the Vitest projects that need services: their URLs, from the environment or from `pnpm services up`. */
import type { TestProject } from 'vitest/node'
import { neededBy, services, type TestKind } from './service.ts'
import { runningNow } from './up.ts'

/** @throws one error naming every service that does not run and the command that starts it. */
export default function provideServices(project: TestProject): void {
  const { needs, likes } = neededBy[project.name as TestKind]
  const running = runningNow([...needs, ...likes])
  const down = needs.filter((name) => !running.has(name))
  if (down.length > 0) {
    const variables = down.flatMap((name) => Object.keys(services[name].variables))
    throw new Error(
      `The tests of project ${project.name} need ${down.join(', ')}: run \`pnpm services up\`, or set ${variables.join(', ')}.`,
    )
  }
  const given = process.env.MONGO_URL !== undefined
  for (const { urls, standIn } of running.values()) {
    Object.assign(process.env, urls, standIn && !given ? { MONGO_STAND_IN: standIn } : {})
  }
}
