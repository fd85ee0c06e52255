import type { Presence } from '@rollcall/core'
import * as z from 'zod'
import type { Naming } from './naming.ts'
import { problemSchema } from './problem.ts'
import { type Route, route } from './routes/route.ts'
import { namesIn } from './routing.ts'

/** A document of OpenAPI 3.1. */
export type OpenApiDocument = { readonly openapi: '3.1.0'; readonly [member: string]: unknown }

/** The route that answers the document of all routes, itself included, and how it gets to know of them. */
export function openApiRoute(
  presence: Presence,
  naming: Naming,
): { readonly route: Route; describe(routes: readonly Route[]): void } {
  let document: (base: string) => OpenApiDocument
  return {
    route: route({
      name: 'openapi',
      method: 'GET',
      path: '/openapi.json',
      who: 'signed-in',
      summary: 'This document.',
      response: z.record(z.string(), z.unknown()).describe('A document of OpenAPI 3.1'),
      handle: async ({ basePath }) => document(basePath),
    }),
    describe(routes) {
      const described = routes.map((route) => [route, operationOf(route, presence, naming)] as const)
      document = (base) => documentOf(described, base)
    },
  }
}

type Operation = Readonly<Record<string, unknown>>

function documentOf(described: readonly (readonly [Route, Operation])[], base: string): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const [{ method, path }, operation] of described) {
    const key = base + path.replace(/:(\w+)/g, '{$1}')
    paths[key] ??= {}
    paths[key][method.toLowerCase()] = operation
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Presence', version: '1', description: 'Who is online, away, busy or offline, since when.' },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: {
        login: { type: 'http', scheme: 'bearer', description: 'Or whatever else the application takes for a login.' },
      },
      responses: {
        Problem: {
          description: 'Refused; problem details of RFC 9457.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

function operationOf(route: Route, { limits }: Presence, naming: Naming): Operation {
  const { name, who, summary, path } = route
  const parameters = [
    ...namesIn(path).map((param) => ({
      name: param,
      in: 'path',
      required: true,
      schema: { type: 'string', minLength: 1 },
    })),
    ...queryParameters(route, naming),
  ]
  const requestBody = bodyOf(route, limits.messageBytes, naming)
  return {
    operationId: name,
    summary: who === 'admin' ? `${summary} For admins.` : summary,
    security: who === 'leave-token' ? [] : [{ login: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === null ? {} : { requestBody }),
    responses: { ...successOf(route, naming), default: { $ref: '#/components/responses/Problem' } },
  }
}

function bodyOf({ body, bodyBytes, reads }: Route, messageBytes: number, naming: Naming): object | null {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema: jsonSchema(schema, 'input') } })
  if (reads === 'text') return { required: true, content: { 'text/plain': { schema: { type: 'string' } } } }
  if (reads !== undefined) return { required: true, content: json(reads) }
  if (body === undefined) return null
  return {
    description: `At most ${bodyBytes ?? messageBytes} bytes.`,
    required: !body.safeParse({}).success,
    content: json(naming.schema(body)),
  }
}

function successOf({ response, streams }: Route, naming: Naming): object {
  if (response === null && streams === undefined) return { 204: { description: 'Done.' } }
  const content = {
    ...(response === null ? {} : { 'application/json': { schema: jsonSchema(naming.schema(response), 'output') } }),
    ...(streams === undefined ? {} : { [streams]: { schema: { type: 'string' } } }),
  }
  return { 200: { description: 'Answered.', content } }
}

function queryParameters({ query }: Route, naming: Naming): readonly object[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(naming.schema(query), 'input')
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    schema,
  }))
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest as JsonSchema
}
