/** Everything that is counted or timed, and its labels. Closed, so that dashboards can rely on it. */
export interface Metrics {
  /** Saves that the store took, and how many records they carried. */
  'store.saved': { readonly records: number }
  /** Writes that met another node's and were decided again. */
  'store.conflicts': Record<never, never>
  /** Calls that the store did not answer. */
  'store.failed': { readonly call: string }
  /** Changes of what others see. */
  'presence.changed': { readonly cause: string; readonly to: string }
  /** Messages, claims and connects that were refused. */
  'presence.refused': { readonly code: string; readonly kind: string }
  'presence.swept': { readonly users: number }
  /** Messages handed to an adapter, one per room. */
  'fanout.sent': { readonly kind: string }
}

/** Where counts and timings go. Called on hot paths: must be quick and must not throw. */
export interface Telemetry {
  count<M extends keyof Metrics>(metric: M, labels: Metrics[M]): void
  /** How long a store call took, in ms. */
  timed(what: 'store.save' | 'store.load' | 'sweep', ms: number): void
}

/** Counts nothing. */
export const noTelemetry: Telemetry = {
  count() {},
  timed() {},
}
