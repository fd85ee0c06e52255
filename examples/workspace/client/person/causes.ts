import type { HistoryEntry, Settings } from '../../shared/events.ts'
import { statusWord } from '../status/status-words.ts'
import { duration } from '../time/words.ts'

const after = (ms: number | null) => (ms === null ? 'a while' : duration(ms))

/** Why somebody became what they are, in a sentence: the rule that fired, with the durations it went by. */
export function whySentence(
  entry: Pick<HistoryEntry, 'cause' | 'claimedBy' | 'device' | 'to'>,
  settings: Settings,
): string {
  const { cause, claimedBy, device, to } = entry
  const where = device ? ` on a ${device}` : ''
  switch (cause) {
    case 'connect':
      return `Opened a connection${where}.`
    case 'resume':
      return `Came back${where} before anybody noticed.`
    case 'activity':
      return `Keyboard or pointer again${where}.`
    case 'idle':
      return `No input for ${after(settings.idleAfterMs)}.`
    case 'dormant':
      return `Connected, but no input for ${after(settings.dormantAfterMs)}.`
    case 'leave':
      return `Left on purpose${where}: no grace.`
    case 'sign-out':
      return 'Signed out: every connection of that login ended at once.'
    case 'kick':
      return 'An admin ended the connection.'
    case 'hint':
      return `The page went away and did not come back within ${after(settings.hintGraceMs)}.`
    case 'lost':
      return `The connection broke off and did not come back within ${after(settings.graceMs)}.`
    case 'drain':
      return 'The server stopped, and the page did not find another.'
    case 'node-lost':
      return 'The server died, and the page did not find another.'
    case 'lease-expired':
      return 'No heartbeat came in time.'
    case 'claim':
      return claimedBy === 'admin'
        ? `An admin set ${statusWord(to)}.`
        : `Set by hand${claimedBy && claimedBy !== 'manual' ? ` (${claimedBy})` : ''}.`
    case 'claim-expired':
      return 'The chosen status ran out by itself.'
    case 'clear':
      return 'The chosen status was taken back.'
    case 'message':
      return 'Changed the message.'
    case 'audience':
      return 'Changed who sees when they were last seen.'
    case 'space':
      return 'Went to another space.'
  }
}
