type MeetingStatus = 'busy' | 'dnd'

export const MEETINGS: readonly (readonly [status: MeetingStatus, emoji: string, text: string])[] = [
  ['busy', '🗓️', 'Launch review'],
  ['busy', '☎️', 'On a call with the printers'],
  ['busy', '🤝', 'Interviewing'],
  ['busy', '📐', 'Design critique'],
  ['dnd', '🎧', 'Heads down until it compiles'],
  ['dnd', '🧭', 'Writing the routing spec'],
]

export const ERRANDS: readonly (readonly [emoji: string, text: string])[] = [
  ['🍜', 'Lunch'],
  ['☕', 'Coffee, back soon'],
  ['🚲', 'Between two offices'],
  ['🐕', 'Walking the dog'],
]

const CHATTER: Readonly<Record<string, readonly string[]>> = {
  general: [
    'Morning all. The fire drill is at eleven, not ten.',
    'Whoever borrowed the large plotter: it misses you.',
    'New badges are at the front desk.',
    'Welcome lunch on Friday, all are invited.',
    'The meeting room “Meridian” has a working projector again.',
    'Somebody left a theodolite in the kitchen.',
    'Quarterly numbers are on the board. Spoiler: up and to the right.',
    'Please water the fern. It is looking at me.',
  ],
  engineering: [
    'Tile server is down to 40 ms at p99 again.',
    'I will roll back the shader, contours look like spaghetti.',
    'Can somebody look at the routing patch? It is small, I promise.',
    'Green build. Do not touch anything.',
    'The flaky test was us all along.',
    'Moved the geocoder to the new machines, keep an eye on it with me.',
    'Who is on call tonight? I bring biscuits.',
  ],
  design: [
    'Hillshade at 30 % or 40 %? I keep going back and forth.',
    'New water colour is up for critique.',
    'The label halo helps a lot in dark mode.',
    'Who moved my contour lines?',
    'Testing three greens for forests. One of them is a lie.',
    'Legend fits on one phone screen now.',
  ],
  support: [
    'Third question about offline maps today. Maybe the docs?',
    'A reader found a lake that is not there. Surveying.',
    'Queue is at four. Lovely.',
    'They love the new legend, by the way.',
    'Somebody asks for a map of their cat’s territory. Ideas?',
  ],
  'atlas-launch': [
    'Eleven days to go.',
    'Press kit is final. Really final this time.',
    'Do we have a picture of the printed edition?',
    'Pricing page is in review.',
    'The proofs came back, the gutter is fixed.',
    'Launch post is half written. The better half.',
  ],
  lunch: [
    'Dumplings at half past?',
    'The soup today is suspiciously green.',
    'Two seats left at the long table.',
    'I have cake.',
    'Market on the square, who comes along?',
  ],
}

const said = new Map<string, number>()

/** Something that has not been said in this channel for a while. */
export function nextLine(channelId: string): string {
  const lines = CHATTER[channelId] ?? ['Hello!']
  const turn = said.get(channelId) ?? Math.floor(Math.random() * lines.length)
  said.set(channelId, turn + 1)
  return lines[turn % lines.length] as string
}
