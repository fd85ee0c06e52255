/** One member of the organisation, as the directory knows them; presence is not part of it. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly team: Team
  readonly city: string
  readonly timeZone: string
  /** Sees causes, devices and connections of everyone, and may end them. */
  readonly admin: boolean
  /** Played by the server when nobody is signed in as them. */
  readonly simulated: boolean
  readonly channels: readonly string[]
}

export type Team = 'Engineering' | 'Design' | 'Product' | 'Support' | 'Growth' | 'Operations'

export interface Channel {
  readonly id: string
  readonly topic: string
}

export const ORGANISATION = { id: 'acme', name: 'Acme Cartography', space: 'org:acme' } as const

/** The space of a channel: its members stand in it while they are connected. */
export type ChannelSpace = `channel:${string}`

export const channelSpace = (channelId: string): ChannelSpace => `channel:${channelId}`

export const CHANNELS: readonly Channel[] = [
  { id: 'general', topic: 'Everyone, everything that does not fit elsewhere' },
  { id: 'engineering', topic: 'Tiles, routing and the machines they run on' },
  { id: 'design', topic: 'Contours, colours, critique on Thursdays' },
  { id: 'support', topic: 'What map readers ask us today' },
  { id: 'atlas-launch', topic: 'Atlas 3 goes out on the 14th' },
  { id: 'lunch', topic: 'Who eats what, and where' },
]

type Row = readonly [id: string, name: string, role: string, team: Team, city: string, timeZone: string, extra?: string]

const ROWS: readonly Row[] = [
  ['ada', 'Ada Nwosu', 'Head of Engineering', 'Engineering', 'Lagos', 'Africa/Lagos', 'admin design'],
  ['bruno', 'Bruno Keller', 'Workplace & IT', 'Operations', 'Zürich', 'Europe/Zurich', 'admin support'],
  ['chiara', 'Chiara Fontana', 'Product Designer', 'Design', 'Milan', 'Europe/Rome', 'lunch'],
  ['dev', 'Dev Malhotra', 'Backend Engineer', 'Engineering', 'Bengaluru', 'Asia/Kolkata', 'lunch'],
  ['elif', 'Elif Demir', 'Frontend Engineer', 'Engineering', 'Istanbul', 'Europe/Istanbul', 'design'],
  ['freja', 'Freja Lindqvist', 'Support Specialist', 'Support', 'Stockholm', 'Europe/Stockholm', 'simulated lunch'],
  ['gabriel', 'Gabriel Souza', 'Data Analyst', 'Product', 'São Paulo', 'America/Sao_Paulo', 'simulated'],
  ['hana', 'Hana Sato', 'Product Manager', 'Product', 'Tokyo', 'Asia/Tokyo', 'engineering design'],
  ['ines', 'Inès Moreau', 'Brand Marketing', 'Growth', 'Lyon', 'Europe/Paris', 'simulated design lunch'],
  ['jonas', 'Jonas Weber', 'Site Reliability', 'Engineering', 'Berlin', 'Europe/Berlin', 'simulated'],
  ['kofi', 'Kofi Mensah', 'Mobile Engineer', 'Engineering', 'Accra', 'Africa/Accra', 'simulated lunch'],
  ['leila', 'Leila Haddad', 'Legal Counsel', 'Operations', 'Beirut', 'Asia/Beirut', 'simulated'],
  ['mateo', 'Mateo Vargas', 'Account Executive', 'Growth', 'Bogotá', 'America/Bogota', 'simulated lunch'],
  ['nora', 'Nora Byrne', 'Technical Writer', 'Product', 'Dublin', 'Europe/Dublin', 'engineering support'],
  ['oskar', 'Oskar Nowak', 'Quality Engineer', 'Engineering', 'Kraków', 'Europe/Warsaw', 'simulated support'],
  ['priya', 'Priya Raman', 'Map Designer', 'Design', 'Chennai', 'Asia/Kolkata', 'simulated lunch'],
  ['quinn', 'Quinn Taylor', 'Community', 'Growth', 'Toronto', 'America/Toronto', 'simulated support'],
  ['rosa', 'Rosa Jiménez', 'Finance', 'Operations', 'Seville', 'Europe/Madrid', 'simulated lunch'],
  ['sami', 'Sami Virtanen', 'Security Engineer', 'Engineering', 'Helsinki', 'Europe/Helsinki', 'simulated'],
  ['tala', 'Tala Reyes', 'Customer Success', 'Support', 'Manila', 'Asia/Manila', 'simulated'],
  ['uma', 'Uma Castellanos', 'User Research', 'Design', 'Mexico City', 'America/Mexico_City', 'simulated support'],
  ['viktor', 'Viktor Horvat', 'Solutions Architect', 'Support', 'Zagreb', 'Europe/Zagreb', 'simulated engineering'],
  ['wren', 'Wren Gallagher', 'Support Lead', 'Support', 'Melbourne', 'Australia/Melbourne', 'simulated lunch'],
  ['yusuf', 'Yusuf Khan', 'Partnerships', 'Growth', 'London', 'Europe/London', 'simulated lunch'],
]

const TEAM_CHANNELS: Readonly<Record<Team, readonly string[]>> = {
  Engineering: ['engineering', 'atlas-launch'],
  Design: ['design', 'atlas-launch'],
  Product: ['atlas-launch'],
  Support: ['support'],
  Growth: ['atlas-launch'],
  Operations: ['lunch'],
}

export const PEOPLE: readonly Person[] = ROWS.map(([id, name, role, team, city, timeZone, extra = '']) => {
  const words = extra.split(' ')
  const member = new Set(['general', ...TEAM_CHANNELS[team], ...words])
  return {
    id,
    name,
    role,
    team,
    city,
    timeZone,
    admin: words.includes('admin'),
    simulated: words.includes('simulated'),
    channels: CHANNELS.map((channel) => channel.id).filter((channel) => member.has(channel)),
  }
})

/** What the person may stand in and watch. */
export const spacesOf = (person: Person): readonly string[] => [
  ORGANISATION.space,
  ...person.channels.map(channelSpace),
]
