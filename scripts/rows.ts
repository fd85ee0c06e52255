/**
 * Which tests show what of the requirements for browsers, by the numbers in their titles (`BR-07: …`).
 * `node scripts/rows.ts` prints them, and fails when a row has no test of its kind.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandFailed, root } from './steps.ts'

/** What a row asks for: a test in real Chromium, one in Firefox too, or any test. */
type Kind = 'chromium' | 'both' | 'firefox' | 'any'

/** The rows of the client and its transports, with a few words for those who look at the list. */
const rows: Readonly<Record<string, readonly [Kind, string]>> = {
  'BR-01': ['chromium', 'listeners of activity'],
  'BR-02': ['chromium', 'what is no input'],
  'BR-03': ['chromium', 'input that is stopped'],
  'BR-04': ['chromium', 'events of scripts'],
  'BR-05': ['any', 'cost of pointer moves'],
  'BR-06': ['chromium', 'idle by the wall clock'],
  'BR-07': ['chromium', 'activity across tabs'],
  'BR-08': ['chromium', 'dead sibling tabs'],
  'BR-09': ['any', 'no BroadcastChannel'],
  'BR-10': ['chromium', 'focused iframes'],
  'BR-11': ['any', 'keepActive'],
  'BR-12': ['chromium', 'IdleDetector'],
  'BR-13': ['chromium', 'hidden is not offline'],
  'BR-14': ['any', 'application pings'],
  'BR-15': ['both', 'silent pages'],
  'BR-16': ['chromium', 'hidden for long'],
  'BR-17': ['chromium', 'beats of hidden tabs'],
  'BR-18': ['any', 'declared beats'],
  'BR-19': ['chromium', 'content security policy'],
  'BR-20': ['chromium', 'noticing a suspend'],
  'BR-21': ['chromium', 'dead peers after it'],
  'BR-22': ['both', 'leaving over WebSocket'],
  'BR-23': ['chromium', 'no unload listeners'],
  'BR-24': ['both', 'leaving over HTTP'],
  'BR-25': ['any', 'leave tokens'],
  'BR-26': ['chromium', 'graces'],
  'BR-27': ['any', 'logout'],
  'BR-28': ['chromium', 'back from the cache'],
  'BR-29': ['chromium', 'waking up by any event'],
  'BR-30': ['any', 'stuck attempts'],
  'BR-31': ['firefox', 'close during navigation'],
  'BR-32': ['chromium', 'freezing'],
  'BR-33': ['any', 'union of connections'],
  'BR-34': ['chromium', 'shared tabs'],
  'BR-35': ['chromium', 'frozen leaders'],
  'BR-36': ['chromium', 'followers'],
  'BR-37': ['any', 'no locks'],
  'BR-38': ['chromium', 'SharedWorker'],
  'BR-39': ['chromium', 'two users, one origin'],
  'BR-56': ['chromium', 'stale, not offline'],
  'BR-57': ['any', 'connection states'],
  'BR-58': ['any', 'jitter'],
  'BR-59': ['any', 'reconnect storms'],
  'BR-60': ['any', 'tokens'],
  'BR-61': ['any', 'resume'],
  'BR-62': ['any', 'optimistic status'],
  'BR-63': ['any', 'types'],
  'BR-64': ['chromium', 'leaks'],
}

export interface Title {
  readonly path: string
  readonly title: string
}

/** Titles that begin with numbers of rows; of type tests, comments that do. */
export function titlesIn(path: string, source: string): readonly Title[] {
  const pattern = path.includes('.test-d.') ? /\/\/ (BR-\d\d\b.*)/g : /(?<=['"`])(BR-\d\d\b(?:\\.|[^'"`\\])*)/g
  return [...source.matchAll(pattern)].map(([, title = '']) => ({ path, title }))
}

/** The numbers a title begins with: `BR-23, BR-28: …` shows both. */
export const numbersOf = ({ title }: Title): readonly string[] =>
  title.match(/^BR-\d\d(, BR-\d\d)*/)?.[0].split(', ') ?? []

/** What both browsers run lies in no test file of either. */
const inFirefox = ({ path }: Title) => path.includes('.firefox.browser.') || path === 'e2e/rows/leaving.ts'
const inChromium = ({ path }: Title) => /\.browser\.test\.tsx?$|^e2e\/rows\//.test(path) && !path.includes('.firefox.')

const fits: Readonly<Record<Kind, (titles: readonly Title[]) => boolean>> = {
  any: (titles) => titles.length > 0,
  chromium: (titles) => titles.some(inChromium),
  firefox: (titles) => titles.some(inFirefox),
  both: (titles) => titles.some(inChromium) && titles.some(inFirefox),
}

/** A row without a test of its kind; what there is of others does not count. */
export function lackingIn(titles: readonly Title[]): readonly string[] {
  return Object.entries(rows).flatMap(([number, [kind, words]]) =>
    fits[kind](titles.filter((title) => numbersOf(title).includes(number))) ? [] : [`${number} (${kind}): ${words}`],
  )
}

function allTitles(): readonly Title[] {
  const files = globSync(['{packages,examples}/*/test/**/*.{ts,tsx}', 'e2e/**/*.ts'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  })
  return files.sort().flatMap((path) => titlesIn(path, readFileSync(join(root, path), 'utf8')))
}

/** Throws when a row lacks a test. */
export async function checkRows(): Promise<string> {
  const lacking = lackingIn(allTitles())
  if (lacking.length > 0) throw new CommandFailed(`no test names ${lacking.join('; ')}`)
  return `${Object.keys(rows).length} rows`
}

if (import.meta.main) {
  const titles = allTitles()
  for (const [number, [kind, words]] of Object.entries(rows)) {
    console.log(`${number} ${words} (${kind})`)
    for (const title of titles) if (numbersOf(title).includes(number)) console.log(`  ${title.path}: ${title.title}`)
  }
  const lacking = lackingIn(titles)
  if (lacking.length > 0) console.error(`\nWithout a test of their kind:\n  ${lacking.join('\n  ')}`)
  process.exitCode = lacking.length > 0 ? 1 : 0
}
