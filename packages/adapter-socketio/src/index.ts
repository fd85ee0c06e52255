export { attachSocketIO, type SocketIOTarget } from './attach.ts'
export type { Attachment, SocketIOCredentials, SocketIOOptions } from './options.ts'
