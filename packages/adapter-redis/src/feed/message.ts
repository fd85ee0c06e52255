import type { FeedChange, FeedSignal, Publication, PublishedTopic } from '@rollcall/core'
import { readFields, takeValue } from '../record/value.ts'

/** What passes through a channel; its first letter says which. */
export type Message =
  | { readonly kind: 'changes'; readonly callId: string; readonly changes: readonly HeardChange[] }
  | { readonly kind: 'signal'; readonly signal: FeedSignal }
  | { readonly kind: 'probe'; readonly topic: PublishedTopic; readonly number: number }

/** A change of a call, which has the same number on every channel. */
export interface HeardChange {
  readonly number: number
  readonly topics: readonly PublishedTopic[]
  read(): FeedChange
}

type Told = readonly [userId: string, epoch: number, version: number, note: unknown, topics: readonly PublishedTopic[]]

export function signalMessage(signal: FeedSignal): string {
  return `s${JSON.stringify([signal.topic, signal.signal])}`
}

export function probeMessage(topic: PublishedTopic, number: number): string {
  return `p${JSON.stringify([topic, number])}`
}

/** Changes without their values as they are stored: what a feed publishes that is no store. */
export function changesMessage(
  callId: string,
  changes: readonly (readonly [number: number, of: Publication])[],
): string {
  return `j${JSON.stringify([callId, changes.map(([number, { topics, change }]) => [number, topics, change])])}`
}

/** `null`: not of this version of the library. */
export function parseMessage(text: string): Message | null {
  const kind = text[0]
  if (kind === 's') {
    const [topic, signal] = JSON.parse(text.slice(1)) as [PublishedTopic, unknown]
    return { kind: 'signal', signal: { topic, signal } }
  }
  if (kind === 'p') {
    const [topic, number] = JSON.parse(text.slice(1)) as [PublishedTopic, number]
    return { kind: 'probe', topic, number }
  }
  if (kind === 'j') return parsePublications(text)
  return kind === 'c' ? parseChanges(text) : null
}

/** Made by `lua/save.lua`: the id of the call, then for each change its number, what is told of it, and the value. */
function parseChanges(text: string): Message {
  const reader = readFields(text, 1)
  const callId = reader.field()
  const changes: HeardChange[] = []
  while (!reader.isAtEnd()) {
    const number = Number(reader.field())
    const [userId, epoch, version, note, topics] = JSON.parse(reader.field()) as Told
    const value = takeValue(reader, userId)
    changes.push({
      number,
      topics,
      read: () => ({ userId, epoch, version, record: value === null ? null : value.read(), note }),
    })
  }
  return { kind: 'changes', callId, changes }
}

function parsePublications(text: string): Message {
  const [callId, published] = JSON.parse(text.slice(1)) as [string, [number, readonly PublishedTopic[], FeedChange][]]
  const changes = published.map(([number, topics, change]) => ({ number, topics, read: () => change }))
  return { kind: 'changes', callId, changes }
}
