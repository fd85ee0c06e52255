// What an application bundles for presence over its Socket.IO connection, measured on the packed packages (`.size-limit.json`).
export * from '../../.cache/packed/node_modules/@rollcall/adapter-socketio/dist/client.js'
export * from '../../.cache/packed/node_modules/@rollcall/client/dist/index.js'
export * from '../../.cache/packed/node_modules/@rollcall/react/dist/index.js'
