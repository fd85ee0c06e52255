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

export const CHATTER: Readonly<Record<string, readonly string[]>> = {
  general: [
    'Morning all. The fire drill is at eleven, not ten.',
    'Whoever borrowed the large plotter: it misses you.',
    'New badges are at the front desk.',
    'Welcome lunch on Friday, all are invited.',
  ],
  engineering: [
    'Tile server is down to 40 ms at p99 again.',
    'I will roll back the shader, contours look like spaghetti.',
    'Can somebody look at the routing patch? It is small, I promise.',
    'Green build. Do not touch anything.',
    'The flaky test was us all along.',
  ],
  design: [
    'Hillshade at 30 % or 40 %? I keep going back and forth.',
    'New water colour is up for critique.',
    'The label halo helps a lot in dark mode.',
    'Who moved my contour lines?',
  ],
  support: [
    'Third question about offline maps today. Maybe the docs?',
    'A reader found a lake that is not there. Surveying.',
    'Queue is at four. Lovely.',
    'They love the new legend, by the way.',
  ],
  'atlas-launch': [
    'Eleven days to go.',
    'Press kit is final. Really final this time.',
    'Do we have a picture of the printed edition?',
    'Pricing page is in review.',
  ],
  lunch: [
    'Dumplings at half past?',
    'The soup today is suspiciously green.',
    'Two seats left at the long table.',
    'I have cake.',
  ],
}
