/** What became of a request. A request never rejects, so that it may be sent and forgotten. */
export type Outcome =
  /** Saved. */
  | { readonly ok: true }
  /** Refused, or given up: rolled back. */
  | { readonly ok: false; readonly error: RequestError }

/** Why a request failed. `code` is one of the error codes of `@rollcall/core`; `unavailable` also when there is no connection. */
export interface RequestError {
  readonly code: string
  readonly message: string
  readonly retryAfterMs?: number
}
