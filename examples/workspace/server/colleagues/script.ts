import { setTimeout as sleep } from 'node:timers/promises'
import { channelSpace } from '../../shared/directory.ts'
import { type Desk, type Device, openDevice } from './device.ts'
import { ERRANDS, MEETINGS, nextLine } from './lines.ts'

/** What an act works with. */
export interface Stage {
  readonly desk: Desk
  readonly device: Device
  readonly signal: AbortSignal
  readonly idleAfterMs: number | null
  readonly graceMs: number
  /** Says what the colleague does now, for the panel that lists them. */
  doing(words: string): void
}

/** Something a colleague does for a while. `'gone'`: the device is no more. */
export type Act = (stage: Stage) => Promise<'gone' | undefined>

const between = (from: number, to: number) => from + Math.random() * (to - from)
const oneOf = <T>(things: readonly T[]): T => things[Math.floor(Math.random() * things.length)] as T

/** Input every few seconds, as somebody at a keyboard has it. */
async function busyHands({ device, signal }: Stage, forMs: number): Promise<void> {
  for (const until = Date.now() + forMs; Date.now() < until; ) {
    device.client.active()
    await sleep(Math.min(8_000, Math.max(until - Date.now(), 1)), undefined, { signal })
  }
}

const work: Act = async (stage) => {
  stage.doing('At the desk')
  await busyHands(stage, between(15_000, 45_000))
  return undefined
}

const chat: Act = async (stage) => {
  const { desk, device, signal } = stage
  const channelId = oneOf(desk.person.channels)
  stage.doing(`Typing in #${channelId}`)
  const stay = device.stays.get(channelId)
  stay?.setState({ reading: true })
  device.client.active()
  for (const until = Date.now() + between(2_500, 7_000); Date.now() < until; ) {
    device.client.signal(channelSpace(channelId), 'typing', null, { for: '4s' })
    await sleep(1_500, undefined, { signal })
  }
  device.client.signal(channelSpace(channelId), 'typing', null, { for: 0 })
  device.socket.emit('chat:send', channelId, nextLine(channelId))
  await busyHands(stage, between(6_000, 14_000))
  stay?.setState(null)
  return undefined
}

const meeting: Act = async (stage) => {
  const [status, emoji, text] = oneOf(MEETINGS)
  const forMs = Math.round(between(30_000, 70_000))
  stage.doing(text)
  await stage.device.client.setMessage({ text, emoji }, { for: forMs })
  await stage.device.client.setStatus(status, { for: forMs })
  await busyHands(stage, forMs)
  return undefined
}

const errand: Act = async (stage) => {
  const [emoji, text] = oneOf(ERRANDS)
  const forMs = Math.round(between(25_000, 60_000))
  stage.doing(text)
  await stage.device.client.setMessage({ text, emoji }, { for: forMs })
  await stage.device.client.setStatus('away', { for: forMs })
  await sleep(forMs, undefined, { signal: stage.signal })
  return undefined
}

const daydream: Act = async (stage) => {
  stage.doing('Hands off the keyboard')
  await sleep((stage.idleAfterMs ?? 30_000) + between(15_000, 45_000), undefined, { signal: stage.signal })
  return undefined
}

const phone: Act = async (stage) => {
  stage.doing('On two devices')
  const second = await openDevice(stage.desk, 'phone', stage.signal)
  try {
    await busyHands(stage, between(20_000, 40_000))
  } finally {
    second.leave()
  }
  return undefined
}

const leave: Act = async (stage) => {
  stage.device.leave()
  stage.doing('Gone for a walk')
  await sleep(between(20_000, 50_000), undefined, { signal: stage.signal })
  return 'gone'
}

const crash: Act = async (stage) => {
  stage.device.crash()
  stage.doing('Laptop crashed')
  await sleep(stage.graceMs + between(8_000, 25_000), undefined, { signal: stage.signal })
  return 'gone'
}

const WEIGHTED: readonly (readonly [Act, number])[] = [
  [work, 6],
  [chat, 3.5],
  [meeting, 3],
  [daydream, 2],
  [errand, 1.5],
  [phone, 1],
  [leave, 0.8],
  [crash, 0.6],
]

/** What somebody does next, more often the common things. */
export function nextAct(): Act {
  let left = Math.random() * WEIGHTED.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [act, weight] of WEIGHTED) {
    left -= weight
    if (left < 0) return act
  }
  return work
}
