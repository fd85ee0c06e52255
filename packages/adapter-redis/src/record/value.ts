import { hashRev, type IndexEntries, PresenceError, type Standing, type UserRecord } from '@rollcall/core'
import { spaceChunkOf } from '../layout.ts'
import { writerOf } from './names.ts'
import { packRecord, unpackRecord } from './record-codec.ts'

/** The letters that scripts know statuses by. */
export const STATUS_LETTERS: Readonly<Record<Standing['status'], string>> = {
  online: 'o',
  away: 'a',
  busy: 'b',
  dnd: 'd',
  offline: 'f',
}

/** Who sees a user in a space with a status: both audiences, others only, or admins only. */
type Class = 'b' | 'o' | 'a'

/** What a record is stored as: a head that scripts read, described in `lua/places.lua`, and then the record. */
export function packValue(record: UserRecord, index: IndexEntries): string {
  const { shown, real, nodes } = index
  const entries = spacesOf(shown, real)
  const head = [
    record.rev,
    hashRev(record.rev).toString(36),
    index.wakeAt === null ? '' : String(index.wakeAt),
    STATUS_LETTERS[shown.status] + STATUS_LETTERS[real.status],
    ...nodes.map((node, at) => (at === 0 && node === writerOf(record.rev) ? WRITER : `n${node}`)),
    ...entries,
    '',
  ]
  const known = { userId: record.userId, rev: record.rev, nodes, spaces: entries.map(spaceIn) }
  return `${head.join('\0')}\0${packRecord(record, known)}`
}

function spacesOf(shown: Standing, real: Standing): readonly string[] {
  const entry =
    (of: Class, { status }: Standing) =>
    (space: string) =>
      `${of}${STATUS_LETTERS[status]}${spaceChunkOf(space)}${space}`
  if (shown.status === real.status && shown.spaces === real.spaces) return real.spaces.map(entry('b', real))
  const isSame = shown.status === real.status
  return [
    ...real.spaces.filter((space) => isSame && shown.spaces.includes(space)).map(entry('b', real)),
    ...shown.spaces.filter((space) => !isSame || !real.spaces.includes(space)).map(entry('o', shown)),
    ...real.spaces.filter((space) => !isSame || !shown.spaces.includes(space)).map(entry('a', real)),
  ]
}

/** Says that the first node is the one that the rev names. */
const WRITER = 'w'

function isNode(place: string): boolean {
  return place[0] === 'n' || place === WRITER
}

/** The name in a space's entry, behind class, status and chunk. */
function spaceIn(entry: string): string {
  return entry.slice(3)
}

/** Reads fields that end in NUL, one after the other. */
export interface FieldReader {
  field(): string
  /** Fields up to an empty one. */
  fields(): readonly string[]
  rest(): string
  isAtEnd(): boolean
}

export function readFields(text: string, start = 0): FieldReader {
  let at = start
  const field = () => {
    const stop = text.indexOf('\0', at)
    const end = stop < 0 ? text.length : stop
    const found = text.slice(at, end)
    at = end + 1
    return found
  }
  return {
    field,
    fields() {
      const found: string[] = []
      for (let next = field(); next !== ''; next = field()) found.push(next)
      return found
    },
    rest: () => text.slice(at),
    isAtEnd: () => at >= text.length,
  }
}

/** A stored value, of which the record itself is read only when it is asked for. */
export interface StoredValue {
  readonly rev: string
  read(): UserRecord
}

/** Takes one value off the reader; `null` where there is an empty field instead. */
export function takeValue(reader: FieldReader, userId: string): StoredValue | null {
  const rev = reader.field()
  if (rev === '') return null
  for (let skipped = 0; skipped < 3; skipped++) reader.field()
  const places = reader.fields()
  const body = reader.field()
  return {
    rev,
    read() {
      if (body[0] !== '[' && body[0] !== '{') {
        throw new PresenceError(
          'newer-record',
          `the record of ${userId} was written by a newer version of @rollcall/adapter-redis: update this one`,
          { userId, rev },
        )
      }
      const nodes = places.filter(isNode).map((place) => (place === WRITER ? writerOf(rev) : place.slice(1)))
      const spaces = places.filter((place) => !isNode(place)).map(spaceIn)
      return unpackRecord(body, { userId, rev, nodes, spaces })
    },
  }
}

export function unpackValue(value: string, userId: string): UserRecord {
  return (takeValue(readFields(value), userId) as StoredValue).read()
}
