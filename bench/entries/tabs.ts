export * from '@rollcall/client/tabs'
