import { createPresence, memoryStore } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import { createVirtualClock } from '@rollcall/core/testing'
import { expect, it } from 'vitest'
import { createEventStream } from '../../src/live/event-stream.ts'

const KIB = 1024
const sized = (bytes: number) => ({ type: 'diff', text: 'x'.repeat(bytes) }) as unknown as ServerMessage

function opened() {
  const clock = createVirtualClock()
  const presence = createPresence({ store: memoryStore({ clock }), clock })
  let gone = 0
  const { ear, response } = createEventStream(
    presence,
    () => null,
    () => gone++,
  )
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  return { ear, reader, clock, gone: () => gone }
}

it('lets a large snapshot through, and what comes behind it meanwhile', async () => {
  const { ear, reader, clock, gone } = opened()
  await reader.read()
  ear.hear(sized(1000 * KIB))
  for (let n = 0; n < 10; n++) ear.hear(sized(10 * KIB))
  await clock.advance(30_000)
  expect(gone()).toBe(0)
  expect((await reader.read()).value?.byteLength).toBeGreaterThan(1000 * KIB)
  for (let n = 0; n < 10; n++) expect((await reader.read()).value?.byteLength).toBeGreaterThan(10 * KIB)
  await reader.cancel()
})

it('cuts off who lags behind by more than that', async () => {
  const { ear, reader, gone } = opened()
  await reader.read()
  ear.hear(sized(1000 * KIB))
  for (let n = 0; n < 30; n++) ear.hear(sized(10 * KIB))
  expect(gone()).toBe(1)
  await expect(reader.read()).rejects.toThrow('too slow')
})

it('measures anew once the large one is read', async () => {
  const { ear, reader, gone } = opened()
  await reader.read()
  ear.hear(sized(1000 * KIB))
  ear.hear(sized(10 * KIB))
  await reader.read()
  for (let n = 0; n < 40; n++) ear.hear(sized(10 * KIB))
  expect(gone()).toBe(1)
})
