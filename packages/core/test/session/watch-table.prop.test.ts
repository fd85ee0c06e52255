import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Topic } from '../../src/protocol.ts'
import { type Watch, WatchTable } from '../../src/session/watch-table.ts'

it('holds what a map would, few or many', () => {
  const step = fc.tuple(fc.constantFrom('add', 'add', 'add', 'delete', 'delete again'), fc.nat({ max: 60 }))
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 200, size: 'max' }), (steps) => {
      const table = new WatchTable()
      const model = new Map<Topic, Watch>()
      const removed: Watch[] = []
      for (const [action, n] of steps) {
        const topic = `user:${n}` as const
        const standing = model.get(topic)
        if (action === 'add' && standing === undefined) model.set(topic, table.add(topic, 'others'))
        else if (action === 'delete' && standing !== undefined) {
          table.delete(standing)
          model.delete(topic)
          removed.push(standing)
        } else if (action === 'delete again') for (const watch of removed) table.delete(watch)
        expect(table.size).toBe(model.size)
        expect(table.get(topic)).toBe(model.get(topic))
      }
      expect(new Set(table.all())).toEqual(new Set(model.values()))
    }),
  )
})
