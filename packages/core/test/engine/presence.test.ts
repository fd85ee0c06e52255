import { describe, expect, it } from 'vitest'
import { type PresenceChange, PresenceError, policies } from '../../src/index.ts'
import type { AdminView } from '../../src/protocol.ts'
import { createTestNode } from './test-node.ts'

describe('presence on one node', () => {
  it('shows a user online once a connection opened, and offline one grace after the last was lost', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    expect(await node.statusOf('ada')).toBe('online')
    tab.lost()
    await node.clock.advance(14_999)
    expect(await node.statusOf('ada')).toBe('online')
    await node.clock.advance(1)
    expect(await node.presence.get('ada')).toMatchObject({ status: 'offline', lastSeenAt: node.startedAt })
  })

  it('turns a user away after five minutes without input, and online again with it', async () => {
    await using node = await createTestNode({ policy: policies.workday })
    const tab = await node.connect('ada')
    await node.clock.advance(4 * 60_000)
    tab.activity()
    await node.clock.advance(4 * 60_000)
    expect(await node.statusOf('ada')).toBe('online')
    await node.clock.advance(60_000)
    expect(await node.statusOf('ada')).toBe('away')
    tab.activity()
    await node.clock.settle()
    expect(await node.statusOf('ada')).toBe('online')
  })

  it('keeps a user online while one of two tabs is left', async () => {
    await using node = await createTestNode()
    const [one, two] = [await node.connect('ada'), await node.connect('ada')]
    await one.leave()
    expect(await node.statusOf('ada')).toBe('online')
    await two.leave()
    expect(await node.statusOf('ada')).toBe('offline')
  })

  it('emits one change per visible change, with its cause', async () => {
    await using node = await createTestNode()
    const seen: string[] = []
    node.presence.on('change', ({ from, to, cause }) => seen.push(`${from.status}>${to.status} ${cause}`))
    const tab = await node.connect('ada')
    await node.connect('ada')
    await node.presence.claim('ada', { source: 'calendar', status: 'busy', for: '1m' })
    await node.clock.advance(60_000)
    await tab.leave()
    await node.presence.signOut('ada')
    expect(seen).toEqual([
      'offline>online connect',
      'online>busy claim',
      'busy>online claim-expired',
      'online>offline sign-out',
    ])
  })

  it('tells admins of changes that others cannot see, and stops telling whoever stopped listening', async () => {
    await using node = await createTestNode()
    const seen: string[] = []
    const listener = ({ to, cause }: PresenceChange<AdminView>) => seen.push(`${to.status} ${to.shown.status} ${cause}`)
    node.presence.on('change:admin', listener)
    const once: string[] = []
    node.presence.once('change:admin', ({ cause }) => once.push(cause))
    await node.connect('ada')
    await node.presence.claim('ada', { source: 'manual', status: 'invisible' })
    node.presence.off('change:admin', listener)
    await node.presence.clear('ada')
    expect(seen).toEqual(['online online connect', 'online offline claim'])
    expect(once).toEqual(['connect'])
  })

  it('counts and tells refusals and failures that adapters report', async () => {
    const counted: string[] = []
    const telemetry = {
      count: (metric: string, labels: object) => counted.push(`${metric} ${JSON.stringify(labels)}`),
      timed() {},
    }
    await using node = await createTestNode({ telemetry })
    const refused: string[] = []
    node.presence.on('refused', ({ code }) => refused.push(code))
    node.presence.refuse({ code: 'forbidden', kind: 'watch', userId: 'ada' })
    node.presence.report(new PresenceError('unavailable', 'x'))
    expect(refused).toEqual(['forbidden'])
    expect(node.errors).toEqual(['unavailable'])
    expect(counted).toContain('presence.refused {"code":"forbidden","kind":"watch"}')
  })

  it('hands a watcher a snapshot and then each change', async () => {
    await using node = await createTestNode()
    await node.connect('ada')
    const watcher = await node.watch('space:default')
    expect(watcher.status('ada')).toBe('online')
    const bob = await node.connect('bob')
    await node.clock.settle()
    expect(watcher.status('bob')).toBe('online')
    await bob.leave()
    await node.clock.advance(20)
    expect(watcher.status('bob')).toBe(undefined)
  })

  it('lets a connection that resumes take the place of the lost one unseen', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada', { instance: 'page-1' })
    const seen: string[] = []
    node.presence.on('change', ({ cause }) => seen.push(cause))
    tab.lost()
    await node.clock.advance(5000)
    const back = await node.connect('ada', { instance: 'page-1', resume: tab.resumeToken })
    expect(back.resumed).toBe(true)
    await node.clock.advance(60_000)
    expect(seen).toEqual([])
    expect(await node.statusOf('ada')).toBe('online')
  })
})
