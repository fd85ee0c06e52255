import { emptyRecord, type Write } from '@rollcall/core'
import { describe, expect, test } from 'vitest'
import { createProcess, type Process } from '../src/process.ts'
import { createRandom } from '../src/random.ts'
import { type CallFault, partitionOf } from '../src/store/faults.ts'
import { createSharedStore, type SharedStore, type StoreKind } from '../src/store/shared-store.ts'
import { connectStore, type StoreClient } from '../src/store/store-client.ts'
import { createWorld, type World } from '../src/world.ts'

interface Rig {
  readonly world: World
  readonly shared: SharedStore
  readonly process: Process
  readonly client: StoreClient
  /** Lets `ms` pass. */
  pass(ms: number): Promise<void>
  fault(fault: Partial<CallFault> & Pick<CallFault, 'kind'>): void
  /** What became of a save, once it has. */
  save(userId: string, version: number, expected?: string | null): { outcome: string }
  revOf(userId: string): string | undefined
}

function createRig(kind: Partial<StoreKind> = {}): Rig {
  const world = createWorld()
  const random = createRandom(1)
  const shared = createSharedStore(world, random, { fenced: true, durable: true, pageSize: 1000, ...kind })
  const process = createProcess(world, 'a')
  const client = connectStore(world, shared, process, random.fork('client'))
  return {
    world,
    shared,
    process,
    client,
    async pass(ms) {
      const until = world.now + ms
      while (await world.step(until));
    },
    fault(fault) {
      const whole = { from: 0, until: 1e9, node: null, calls: 'all', partition: null, share: 1 } as const
      shared.faults.push({ ...whole, ...fault })
    },
    save(userId, version, expected = version === 1 ? null : `a1:${version - 1}`) {
      const result = { outcome: 'waits' }
      client.store.save([writeOf(userId, version, expected)]).then(
        ([saved]) => {
          result.outcome = saved?.ok ? 'saved' : (saved?.reason ?? '')
        },
        () => {
          result.outcome = 'rejected'
        },
      )
      return result
    },
    revOf: (userId) => shared.standing.get(userId)?.record.rev,
  }
}

function writeOf(userId: string, version: number, expected: string | null): Write {
  const record = { ...emptyRecord(userId), rev: `a1:${version}`, epoch: 1, version }
  const standing = { status: 'offline', spaces: [] } as const
  return {
    userId,
    record,
    expected,
    writer: 'a1',
    index: { wakeAt: null, nodes: [], shown: standing, real: standing },
    topics: [`user:${userId}`],
    change: { userId, epoch: 1, version, record, note: null },
  }
}

const HOLD_OFF = { afterMs: 20_000, forMs: 30_000 }

describe('calls', () => {
  test('take their time there and back', async () => {
    const rig = createRig()
    const save = rig.save('ada', 1)
    await rig.pass(1)
    expect(save.outcome).toBe('waits')
    await rig.pass(20)
    expect(save.outcome).toBe('saved')
  })

  test('that hang are rejected after their deadline, and were not executed', async () => {
    const rig = createRig()
    rig.fault({ kind: 'hangs' })
    const save = rig.save('ada', 1)
    await rig.pass(4999)
    expect(save.outcome).toBe('waits')
    await rig.pass(200_000)
    expect(save.outcome).toBe('rejected')
    expect(rig.revOf('ada')).toBeUndefined()
  })

  test('that are late are rejected, and executed afterwards', async () => {
    const rig = createRig()
    rig.fault({ kind: 'late' })
    const save = rig.save('ada', 1)
    await rig.pass(6000)
    expect(save.outcome).toBe('rejected')
    await rig.pass(120_000)
    expect(rig.revOf('ada')).toBe('a1:1')
  })

  test('whose answer is lost are rejected, and were executed at once', async () => {
    const rig = createRig()
    rig.fault({ kind: 'answer-lost' })
    const save = rig.save('ada', 1)
    await rig.pass(10)
    expect(rig.revOf('ada')).toBe('a1:1')
    await rig.pass(6000)
    expect(save.outcome).toBe('rejected')
  })

  test('that are executed twice are answered for the first time', async () => {
    const rig = createRig()
    rig.fault({ kind: 'twice', until: 1 })
    const save = rig.save('ada', 1)
    await rig.pass(20)
    expect(save.outcome).toBe('saved')
    await rig.pass(6000)
    expect(rig.revOf('ada')).toBe('a1:1')
  })

  test('of a process that stalls as it makes them leave afterwards', async () => {
    const rig = createRig()
    rig.client.atCall(1, () => rig.process.stall(10_000, 'stands'))
    rig.save('ada', 1)
    await rig.pass(9000)
    expect(rig.revOf('ada')).toBeUndefined()
    await rig.pass(2000)
    expect(rig.revOf('ada')).toBe('a1:1')
  })

  test('for one half of the users leave the other half alone', async () => {
    const rig = createRig()
    rig.fault({ kind: 'refused', partition: partitionOf('ada') })
    const spared = ['bob', 'cleo', 'dan', 'eve'].find((userId) => partitionOf(userId) !== partitionOf('ada')) ?? ''
    const [hit, other] = [rig.save('ada', 1), rig.save(spared, 1)]
    await rig.pass(20)
    expect([hit.outcome, other.outcome]).toEqual(['rejected', 'saved'])
  })
})

describe('a store', () => {
  test('that fences refuses a killed writer, one that does not accepts it', async () => {
    for (const fenced of [true, false]) {
      const rig = createRig({ fenced })
      void rig.client.store.renewNode('a1', 30_000, 0, HOLD_OFF)
      await rig.pass(20)
      void rig.client.store.removeNode('a1')
      await rig.pass(20)
      const save = rig.save('ada', 1)
      await rig.pass(20)
      expect(save.outcome).toBe(fenced ? 'fenced' : 'saved')
    }
  })

  test('takes back its last writes without a word', async () => {
    const rig = createRig()
    rig.save('ada', 1)
    await rig.pass(20)
    rig.save('ada', 2)
    await rig.pass(20)
    rig.shared.rollBack(1, null)
    expect(rig.revOf('ada')).toBe('a1:1')
    const [record] = (await rig.shared.inner.load(['ada'])) ?? []
    expect(record?.rev).toBe('a1:1')
    const again = rig.save('ada', 3, 'a1:2')
    await rig.pass(20)
    expect(again.outcome).toBe('conflict')
  })

  test('that is wiped knows neither users nor leases', async () => {
    const rig = createRig()
    rig.save('ada', 1)
    await rig.pass(20)
    rig.shared.wipe('all')
    expect(rig.revOf('ada')).toBeUndefined()
    expect(await rig.shared.inner.load(['ada'])).toEqual([null])
  })

  test('of small pages answers in small pages', async () => {
    const rig = createRig({ pageSize: 2 })
    for (const userId of ['ada', 'bob', 'cleo']) rig.save(userId, 1, null)
    await rig.pass(20)
    let listed = 0
    void rig.client.store.list({ as: 'admin', status: 'offline' }, null, 1000).then(({ items }) => {
      listed = items.length
    })
    await rig.pass(20)
    expect(listed).toBe(2)
  })

  test('whose clock is set back goes on from its highest time', async () => {
    const rig = createRig()
    const before = rig.shared.now()
    rig.shared.setClock(-3_600_000)
    expect(rig.shared.now()).toBe(before)
    rig.shared.setClock(3_600_000)
    expect(rig.shared.now()).toBe(before + 3_600_000)
  })
})

describe('the feed', () => {
  async function heardWith(kind: 'lost' | 'dead' | null, writes: number): Promise<readonly number[]> {
    const rig = createRig()
    const versions: number[] = []
    void rig.client.store
      .subscribe({
        onChanges: (changes) => versions.push(...changes.map(({ version }) => version)),
        onSignal() {},
        onGap: () => versions.push(-1),
      })
      .then((subscription) => subscription.add(['user:ada']))
    await rig.pass(50)
    if (kind !== null) rig.shared.feed.faults.push({ kind, from: 0, until: 1e9, node: null, topic: null })
    for (let version = 1; version <= writes; version++) {
      rig.save('ada', version)
      await rig.pass(50)
    }
    rig.shared.feed.reconnect()
    await rig.pass(50)
    return versions
  }

  test('tells of each write', async () => {
    expect(await heardWith(null, 3)).toEqual([1, 2, 3])
  })

  test('may lose one', async () => {
    expect(await heardWith('lost', 3)).toEqual([2, 3])
  })

  test('may die silently, and tells of the gap once it is back', async () => {
    expect(await heardWith('dead', 3)).toEqual([-1])
  })
})
