/** What a server takes from one client. Every one has its named error, or `bye limit`. */
export interface Limits {
  /** One message, as UTF-8 JSON. @default 16_384 */
  readonly messageBytes: number
  /** One state of a space, and a connection's `meta`, as UTF-8 JSON. @default 2_048 */
  readonly stateBytes: number
  /** A user id, session id, space name, source or device, in UTF-8 bytes. @default 256 */
  readonly idBytes: number
  /** Spaces a connection may stand in. @default 100 */
  readonly spaces: number
  /** Users and spaces a connection may watch. @default 1_000 */
  readonly watched: number
  /** A status message, in characters. @default 140 */
  readonly textLength: number
  /** Different claim sources per user. @default 16 */
  readonly sources: number
  /** Longest duration a client may name, in ms. @default 2_592_000_000 (30 days) */
  readonly durationMs: number
}

export const DEFAULT_LIMITS: Limits = {
  messageBytes: 16 * 1024,
  stateBytes: 2 * 1024,
  idBytes: 256,
  spaces: 100,
  watched: 1000,
  textLength: 140,
  sources: 16,
  durationMs: 30 * 24 * 60 * 60 * 1000,
}
