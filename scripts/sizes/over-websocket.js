// What an application bundles for presence over a WebSocket of its own, measured on the packed packages (`.size-limit.json`).
export * from '../../.cache/packed/node_modules/@rollcall/adapter-ws/dist/client.js'
export * from '../../.cache/packed/node_modules/@rollcall/client/dist/index.js'
