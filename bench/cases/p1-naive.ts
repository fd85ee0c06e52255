import { createNaivePresence, type NaiveSocket } from '../baselines/naive-timers.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { type InProcess, measureInProcess } from '../in-process.ts'

/** The baseline of P1: a Map of Sets, a timer per connection. */
export function measure(options: CaseOptions): Promise<Measures> {
  const presence = createNaivePresence(300_000)
  const heard = { online: 0, offline: 0 }
  presence.events.on('change', ({ status }) => {
    if (status === 'offline') heard.offline++
    else heard.online++
  })
  const subject: InProcess<NaiveSocket, NaiveSocket> = {
    socket: (id, userId) => ({ id, userId, timer: null, idle: false }),
    connect(sockets) {
      for (const socket of sockets) presence.connect(socket)
    },
    handleOf: (socket) => socket,
    activity(sockets) {
      for (const socket of sockets) presence.activity(socket)
    },
    read(userIds) {
      let online = 0
      for (const { status } of presence.read(userIds)) if (status === 'online') online++
      return online
    },
    disconnect(sockets) {
      for (const socket of sockets) presence.disconnect(socket)
    },
    get held() {
      return presence.held
    },
    heard,
    elsewhere: 0,
  }
  return measureInProcess(subject, options)
}
