export * from '@rollcall/adapter-ws/client'
export * from '@rollcall/client'
