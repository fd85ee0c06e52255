export { attachWebSocket, type WebSocketTarget } from './attach.ts'
export { CLOSE_CODES } from './close-codes.ts'
export type { Attachment, Origins, WebSocketCredentials, WebSocketOptions } from './options.ts'
