export * from '@rollcall/client/idle'
