export { createIndexes } from './indexes.ts'
export type { CollectionOptions, MongoStoreOptions } from './options.ts'
export { mongoStore } from './store.ts'
