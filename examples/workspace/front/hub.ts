import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Relay, Relayed, RelayMessage } from '../server/relay.ts'

export interface Hub extends Relay {
  /** From now on the node hears what the others say; first of all what was said lately. */
  add(node: ChildProcess): void
}

/** What is told to a node that starts later. */
const KEPT: Readonly<Record<keyof Relayed, number>> = { chat: 200, history: 500, revoked: 1000, colleagues: 1 }

/** The front's end of the relay: passes on what a node says to all the others. */
export function createHub(): Hub {
  const nodes = new Set<ChildProcess>()
  const heard = new EventEmitter()
  const kept = new Map<keyof Relayed, RelayMessage[]>()
  const send = (node: ChildProcess, message: RelayMessage) => {
    // A node that was killed a moment ago hears nothing any more, and that is no error.
    if (node.connected) node.send(message, () => {})
  }
  const passOn = (message: RelayMessage, from?: ChildProcess) => {
    const { topic, data } = message
    kept.set(topic, [...(kept.get(topic) ?? []), message].slice(-KEPT[topic]))
    for (const node of nodes) if (node !== from) send(node, message)
    heard.emit(topic, data)
  }
  return {
    publish: (topic, data) => passOn({ topic, data }),
    on: (topic, listener) => void heard.on(topic, listener),
    add(node) {
      for (const message of [...kept.values()].flat()) send(node, message)
      nodes.add(node)
      node.on('message', (message: object) => {
        if ('topic' in message) passOn(message as RelayMessage, node)
      })
      node.once('exit', () => nodes.delete(node))
    },
  }
}
