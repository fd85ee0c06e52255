import { PROTOCOL_VERSION } from '@rollcall/core/protocol'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { type HttpOptions, httpPresets } from '../src/index.ts'
import { type Served, served } from './served.ts'

type Operation = Record<'operationId' | 'summary', string> & {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>
  readonly security: readonly object[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> }
}
type Schema = Record<string, unknown>
type Document = { readonly paths: Record<string, Record<string, Operation>>; readonly components: object }

const CASES: readonly (readonly [string, Partial<HttpOptions>])[] = [
  ['the library’s own names', {}],
  ...Object.entries(httpPresets),
]

async function documentOf(server: Served): Promise<Document> {
  const { status, body } = await server.ask('GET', '/openapi.json')
  expect(status).toBe(200)
  return body
}

describe.each(CASES)('under %s', (_name, preset) => {
  it('is a valid document of OpenAPI 3.1', async () => {
    await using server = await served(preset)
    const document = await documentOf(server)
    const validator = new Validator()
    const result = await validator.validate(structuredClone<Record<string, unknown>>({ ...document }))
    expect(result).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
    expect(Object.keys(document.paths).every((path) => path.startsWith('/presence/'))).toBe(true)
  })

  it('says of every route what it really answers', async () => {
    await using server = await served({ ...preset, profilesOf: (userIds) => userIds.map((id) => ({ name: id })) })
    const document = await documentOf(server)
    const ajv = new Ajv2020.default({ strict: true, allErrors: true })
    addFormats.default(ajv)
    // So that there is something of everything to be seen.
    await server.presence.touch({ userId: 'ada', sessionId: 'laptop', spaces: ['room'], device: 'laptop' })
    await server.presence.touch({ userId: 'grace', sessionId: 'phone', spaces: ['room'] })
    await server.presence.claim('ada', { source: 'manual', status: 'busy', for: '1h' })
    await server.presence.setMessage('ada', { text: 'hi', emoji: '👋', for: '1h' })
    await server.presence.touch({ userId: 'linus', spaces: ['room'] })
    await server.presence.signOut('linus')

    const bodies: Record<string, unknown> = {
      users: { userIds: ['ada', 'grace', 'linus', 'nobody'] },
      setMyStatus: { status: 'away' },
      setMyMessage: { text: 'hello' },
      setStatus: { status: 'busy' },
      connect: { type: 'hello', version: PROTOCOL_VERSION, token: null, instance: 'page' },
      visit: { connectionId: 'gone', messages: [] },
      listen: { connectionId: 'gone', topics: [] },
    }
    const answered: string[] = []
    const last = ['kick', 'forget', 'signOut', 'sweep']
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    operations.sort((a, b) => last.indexOf(a.operation.operationId) - last.indexOf(b.operation.operationId))
    for (const { path, method, operation } of operations) {
      const { operationId, responses, security } = operation
      // Whoever has no login needs a leave token, and a stream of events never ends.
      if (security.length === 0 || operationId === 'events') continue
      const real = path.replace('/presence', '').replace(/\{\w+\}/g, 'ada')
      const asked = { as: 'root/x/room', ...(operationId in bodies ? { body: bodies[operationId] } : {}) }
      const answer = await server.ask(method.toUpperCase(), real, asked)
      const documented = responses[answer.status]
      expect([operationId, answer.status, documented !== undefined]).toEqual([operationId, answer.status, true])
      const schema = documented?.content?.['application/json']?.schema
      if (schema === undefined) expect([operationId, answer.body]).toEqual([operationId, null])
      else {
        // Its objects take no further fields: what is answered is documented.
        const validate = ajv.compile(schema)
        expect([operationId, validate(answer.body), validate.errors]).toEqual([operationId, true, null])
      }
      answered.push(operationId)
    }
    expect(answered.length).toBeGreaterThan(15)
  })

  it('describes what is sent, also where the route reads it itself', async () => {
    await using server = await served(preset)
    const { paths } = await documentOf(server)
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    const sent = (operationId: string) =>
      operations.find((one) => one.operationId === operationId)?.requestBody?.content
    const nextInMs = sent('heartbeat')?.['application/json']?.schema.properties as Record<string, object>
    expect(nextInMs.nextInMs).toMatchObject({ type: 'integer', description: 'When the next heartbeat comes' })
    expect(sent('visit')?.['application/json']?.schema.required).toEqual(['connectionId'])
    expect(Object.keys(sent('hint') ?? {})).toEqual(['text/plain'])
    const events = operations.find(({ operationId }) => operationId === 'events')
    expect(Object.keys(events?.responses[200]?.content ?? {})).toEqual(['text/event-stream'])
  })

  it('describes refusals as they are', async () => {
    await using server = await served(preset)
    const document = await documentOf(server)
    const ajv = new Ajv2020.default({ strict: true })
    const { schemas } = document.components as { schemas: { Problem: Schema } }
    const validate = ajv.compile(schemas.Problem)
    for (const answer of [
      await server.ask('GET', '/nowhere'),
      await server.ask('GET', '/me', { as: null }),
      await server.ask('POST', '/heartbeat', { body: { nextInMs: 0 } }),
    ]) {
      expect([validate(answer.body), validate.errors]).toEqual([true, null])
    }
  })
})
