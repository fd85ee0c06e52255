export * from '@rollcall/adapter-socketio/client'
export * from '@rollcall/client'
export * from '@rollcall/react'
