export * from '@rollcall/react'
export * from './websocket.ts'
