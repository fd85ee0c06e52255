/** A tab of a real browser, as far as both browsers can be driven the same way. */
export interface Tab {
  /** Resolves once the document is loaded; the tab stays behind others if it was. */
  goto(url: string): Promise<void>
  /** Runs a function in the page and returns what it returns, as JSON. Nothing of the test's own scope is seen there. */
  evaluate<T, A = undefined>(run: (given: A) => T | Promise<T>, given?: A): Promise<T>
  reload(): Promise<void>
  /** As the Back button does; the page left behind comes out of the back-forward cache if it is there. */
  back(): Promise<void>
  /** Brings the tab to the front: it is visible, and the one that was there is hidden. */
  show(): Promise<void>
  /** As the user closes it: nothing is asked. */
  close(): Promise<void>
}

/** A browser with a new profile, as users have it: hidden tabs are throttled, pages go into the back-forward cache. */
export interface RealBrowser<T extends Tab = Tab> extends AsyncDisposable {
  readonly name: 'Chromium' | 'Firefox'
  /** A new tab in front of the others. */
  open(url: string): Promise<T>
}

/** The source of a call of `run` in a page, whose value is a promise of JSON. */
export function callSource(run: (given: never) => unknown, given: unknown): string {
  return `(async () => JSON.stringify(await (${run})(${JSON.stringify(given) ?? 'undefined'})) ?? 'null')()`
}
