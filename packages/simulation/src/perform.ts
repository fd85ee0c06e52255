import { AUDIT_MS, isKept, keepersOf } from './keepers.ts'
import { BASE_URL, type Page } from './page.ts'
import { beacons } from './platform.ts'
import { POLICIES } from './policies.ts'
import type { Process } from './process.ts'
import type { Scene } from './scene.ts'
import type { Action, Deed, PolicyName } from './script.ts'
import { type ServerNode, startServer } from './server.ts'
import { LAST_SEEN_TO, outcomeOf } from './witness.ts'
import { work } from './worker.ts'

/** Lets an action happen now. One that makes no sense any more, such as input on a closed page, does nothing. */
export function perform(scene: Scene, action: Action): void {
  if (action.do === 'work') work(scene, action)
  else if ('page' in action) performOnPage(scene, action)
  else if (action.do === 'start') {
    if (action.later) scene.updated.add(action.node)
    start(scene, action.node, action.policy ?? scene.script.policy)
  } else if (action.do === 'store' || action.do === 'feed' || isOfStore(action)) performOnStore(scene, action)
  else if ('node' in action) performOnNode(scene, action)
}

type OfPage = Extract<Deed, { page: string }>
type OfStore = Extract<
  Deed,
  { do: 'store' | 'feed' | 'unsavable' | 'roll-back' | 'wipe' | 'evict' | 'set-store-clock' }
>
type OfNode = Exclude<Deed, OfPage | OfStore | { do: 'start' | 'work' }>

function isOfStore(deed: Exclude<Deed, OfPage>): deed is OfStore {
  return ['unsavable', 'roll-back', 'wipe', 'evict', 'set-store-clock'].includes(deed.do)
}

/** Starts a node, unless one lives there. */
function start(scene: Scene, name: string, policy: PolicyName): void {
  const before = scene.nodes.get(name)
  if (before !== undefined && !before.process.dead) return
  const { world, shared, network, requests, random } = scene
  const generation = [...scene.nodesById.values()].filter((node) => node.name === name).length + 1
  const node = startServer({
    world,
    shared,
    network,
    requests,
    random,
    name,
    generation,
    policy: POLICIES[policy],
    isLater: scene.updated.has(name),
    outageQueue: scene.script.outageQueue,
    onChange: scene.changed,
    onInput({ page }) {
      const userId = scene.tabs.get(page.name)?.userId
      if (userId !== undefined) scene.witness.input(userId)
    },
    onEnd: scene.witness.endHeard,
    onStopped: scene.nodeStopped,
    onGone(gone) {
      kill(scene, gone.process, true)
    },
  })
  scene.nodes.set(name, node)
  scene.nodesById.set(node.presence.nodeId, node)
  scene.nodeStarted(node)
}

/** @param learn Its peers are told. */
function kill({ network, requests }: Scene, process: Process, learn: boolean): void {
  process.kill()
  network.onKilled(process, learn)
  requests.onKilled(process, learn)
}

function stall({ world }: Scene, node: ServerNode, deed: Extract<Deed, { do: 'stall' }>): void {
  const { ms, monotonic, atCall, sent = false } = deed
  const begin = () => node.process.stall(ms, monotonic)
  if (atCall === undefined) begin()
  // No answer comes within a millisecond.
  else node.storeClient.atCall(atCall, () => (sent ? world.at(world.now + 1, { what: 'stall' }, begin) : begin()))
}

function performOnNode(scene: Scene, action: OfNode): void {
  const node = scene.nodes.get(action.node)
  if (node === undefined || node.process.dead) return
  const { witness } = scene
  const { presence } = node
  const succeeds = (call: Promise<unknown>) =>
    call.then(
      () => true,
      () => false,
    )
  switch (action.do) {
    case 'crash':
      if (action.atCall === undefined) kill(scene, node.process, action.learn)
      else node.storeClient.atCall(action.atCall, () => kill(scene, node.process, action.learn))
      break
    case 'drain':
      node.drain()
      break
    case 'stall':
      stall(scene, node, action)
      break
    case 'set-wall':
      node.process.setWall(action.ms)
      break
    case 'sign-out':
    case 'kick': {
      const { user: userId } = action
      const session = action.do === 'sign-out' ? action.session : undefined
      const of = action.do === 'kick' ? action.of : undefined
      const connectionIds =
        of === undefined
          ? connectionsOf(scene, userId, session)
          : of.flatMap((page) => scene.pages.get(page)?.connectionId ?? [])
      if (of !== undefined && connectionIds.length === 0) break
      const call =
        action.do === 'kick'
          ? presence.kick(userId, of === undefined ? {} : { connectionIds })
          : presence.signOut(userId, session === undefined ? {} : { sessionId: session })
      witness.end({ userId, connectionIds, what: action.do }, succeeds(call))
      break
    }
    case 'forget': {
      const { user: userId } = action
      const done = succeeds(presence.forget(userId))
      // Whatever was asked before may be gone, and whatever comes with it may stay.
      witness.excuse(userId)
      void done.then(() => witness.excuse(userId))
      break
    }
    case 'server-claim': {
      const { user: userId, source, status, forMs } = action
      const { clock } = node.process
      const askedAt = clock.monotonic()
      const call = presence.claim(userId, { source, status, ...(forMs === null ? {} : { for: forMs }) })
      witness.ask(
        { userId, thing: `claim ${source}`, value: status, passing: forMs !== null },
        () => presence.now() - (clock.monotonic() - askedAt),
        outcomeOf(call, node.process),
      )
      break
    }
    case 'last-seen-to': {
      const { user: userId, audience } = action
      const { clock } = node.process
      const askedAt = clock.monotonic()
      const call = presence.setLastSeenTo(userId, audience)
      witness.ask(
        { userId, thing: LAST_SEEN_TO, value: audience, passing: false },
        () => presence.now() - (clock.monotonic() - askedAt),
        outcomeOf(call, node.process),
      )
      break
    }
    case 'touch':
      witness.input(action.user)
      scene.sightings.touched(action.user, action.session)
      presence.touch({ userId: action.user, sessionId: action.session, spaces: ['red'] }).catch(() => {})
      break
  }
}

/** Connections of a user of which their pages know. */
function connectionsOf(scene: Scene, userId: string, sessionId?: string): string[] {
  const ids: string[] = []
  for (const { tab, connectionId } of scene.pages.values()) {
    if (tab.userId !== userId || (sessionId !== undefined && tab.sessionId !== sessionId)) continue
    if (connectionId) ids.push(connectionId)
  }
  return ids
}

function performOnPage(scene: Scene, action: OfPage): void {
  if (action.do === 'open') {
    const { page: name, user: userId, session: sessionId, spaces, over = 'socket' } = action
    if (!scene.pages.has(name)) scene.openPage({ name, userId, sessionId, spaces, over, storage: new Map() })
    return
  }
  const { network, requests, world, witness } = scene
  const page = scene.pages.get(action.page)
  if (page === undefined || page.left || page.process.dead) return
  const { tab, client, process } = page
  const { userId } = tab
  world.actAs(process)
  // A frozen page does nothing; what happens to it from outside does.
  const frozen = process.stalledUntil > world.now
  switch (action.do) {
    case 'cut':
      network.cut(tab.name)
      requests.cut(tab.name)
      return
    case 'silence':
      network.silence(tab.name)
      requests.silence(tab.name)
      return
    case 'lose':
      network.lose(tab.name)
      return
    case 'isolate':
      network.isolate(tab.name, action.ms)
      requests.isolate(tab.name, action.ms)
      return
    case 'requests': {
      const { fault: kind, ms, share } = action
      requests.faults.push({ kind, page: tab.name, from: world.now, until: world.now + ms, share })
      return
    }
    case 'freeze':
      process.stall(action.ms, action.monotonic)
      return
    case 'close':
      if (!frozen || action.how === 'reset' || action.how === 'silently') close(scene, page, action.how)
      return
  }
  if (frozen) return
  switch (action.do) {
    case 'reload':
      page.lifecycle.onLeave()
      endPage(scene, page, true)
      world.at(world.now + action.afterMs, { what: 'reload' }, () => scene.openPage(tab))
      break
    case 'duplicate':
      if (!scene.pages.has(action.as)) scene.openPage({ ...tab, name: action.as, storage: new Map(tab.storage) })
      break
    case 'forge-hint':
      beacons.get(process)?.(`${BASE_URL}/live/hint`, `forged,${page.connectionId},${userId}`)
      break
    case 'put-away':
      page.lifecycle.onLeave()
      break
    case 'wake':
      page.lifecycle.onWake()
      break
    case 'input':
      client.active()
      break
    case 'idle':
      client.idle()
      break
    case 'claim': {
      const { status, forMs, bound } = action
      const source = bound ? 'call' : 'manual'
      const options = { ...(forMs === undefined ? {} : { for: forMs }), ...(bound ? { bound, source } : {}) }
      const passing = forMs !== undefined || bound === true
      const outcome = client.setStatus(status, options)
      witness.ask({ userId, thing: `claim ${source}`, value: status, passing }, null, okOf(outcome))
      break
    }
    case 'clear':
      witness.ask({ userId, thing: 'claim manual', value: null, passing: false }, null, okOf(client.clear()))
      break
    case 'message': {
      const { text, forMs } = action
      const outcome = client.setMessage(text, forMs === undefined ? {} : { for: forMs })
      witness.ask({ userId, thing: 'message', value: text, passing: forMs !== undefined }, null, okOf(outcome))
      break
    }
    case 'enter':
      page.enter(action.space, action.state)
      break
    case 'state':
      page.setState(action.space, action.state)
      break
    case 'exit':
      page.exit(action.space)
      break
    case 'signal':
      client.signal(action.space, 'typing', { from: tab.name, n: world.now })
      break
  }
}

async function okOf(outcome: Promise<{ readonly ok: boolean }>): Promise<boolean> {
  return (await outcome).ok
}

function close(scene: Scene, page: Page, how: Extract<OfPage, { do: 'close' }>['how']): void {
  const { tab, client } = page
  if (how === 'leave' || how === 'logout') {
    const { connectionId } = page
    const connected = client.connection.get().status === 'connected'
    const { userId, sessionId } = tab
    if (how === 'leave' && connected && connectionId)
      scene.witness.end({ userId, connectionIds: [connectionId], what: 'leave' }, { connectionId })
    if (how === 'logout')
      scene.witness.end(
        { userId, connectionIds: connectionsOf(scene, userId, sessionId), what: 'sign-out' },
        { sessionId },
      )
    if (how === 'leave') client.disconnect()
    else client.logout()
  }
  if (how === 'hint') page.lifecycle.onLeave()
  if (how === 'beacon' && tab.over === 'socket') sendBeacon(scene, page)
  if (how === 'beacon' && tab.over !== 'socket') {
    scene.requests.refuseKeepalive(tab.name)
    page.lifecycle.onLeave()
  }
  endPage(scene, page, how !== 'silently' && how !== 'beacon')
}

/** Reaches the node that gave the token, if that still lives. */
function sendBeacon({ world, nodes }: Scene, { leaveToken, link }: Page): void {
  const node = [...nodes.values()].find(({ process }) => process === link?.server.process)
  if (node === undefined || leaveToken === null) return
  world.at(world.now + 20, { owner: node.process, what: 'beacon', travels: true }, () => node.hint(leaveToken))
}

function endPage(scene: Scene, page: Page, learn: boolean): void {
  page.left = true
  kill(scene, page.process, learn)
  scene.pages.delete(page.tab.name)
}

function performOnStore(scene: Scene, action: OfStore): void {
  const { shared, world, witness } = scene
  const from = world.now
  const excuseFrom = shared.damage.length
  switch (action.do) {
    case 'store': {
      const { fault: kind, node, calls, half: partition, ms, share } = action
      shared.faults.push({ kind, from, until: from + ms, node, calls, partition, share })
      break
    }
    case 'unsavable': {
      const { user: userId, ms } = action
      shared.faults.push({
        kind: 'refused',
        from,
        until: from + ms,
        node: null,
        calls: 'saves',
        partition: null,
        userId,
        share: 1,
      })
      break
    }
    case 'feed': {
      const { fault: kind, node, topic, ms } = action
      shared.feed.faults.push({ kind, from, until: from + ms, node, topic })
      world.at(from + ms, { what: 'feed mended' }, () => shared.feed.reconnect())
      break
    }
    case 'roll-back':
      shared.rollBack(action.writes, action.half)
      break
    case 'wipe':
      shared.wipe(action.half ?? 'all')
      break
    case 'evict':
      shared.wipe({ userId: action.user })
      break
    case 'set-store-clock':
      shared.setClock(action.ms)
      break
  }
  for (const userId of new Set(shared.damage.slice(excuseFrom).map((damage) => damage.userId))) {
    const keepers = keepersOf(scene, userId)
    const audited = witness.damage(userId, (ackedAt) => isKept(scene, keepers, ackedAt, from))
    world.at(from + AUDIT_MS, { what: 'audited' }, audited)
  }
}

function update(scene: Scene, { name, process }: ServerNode): void {
  scene.updated.add(name)
  if (process.dead) return
  kill(scene, process, true)
  start(scene, name, scene.script.policy)
}

/** Every fault ends; a later version that began to run runs everywhere; where no node lives, one starts. */
export function heal(scene: Scene): void {
  const { shared, network, requests, world, script } = scene
  for (const fault of [...shared.faults, ...shared.feed.faults]) fault.until = Math.min(fault.until, world.now)
  shared.feed.reconnect()
  network.heal()
  requests.heal()
  if (scene.updated.size > 0) for (const node of scene.nodes.values()) if (!node.isLater) update(scene, node)
  const lives = [...scene.nodes.values()].some(({ process, draining }) => !process.dead && !draining)
  if (!lives) start(scene, scene.nodes.keys().next().value ?? 'a', script.policy)
}
