export { createIndexes } from './indexes.ts'
export type { CollectionOptions, MongoStoreOptions } from './options.ts'
export {
  createProjectionIndex,
  type MongoProjectionOptions,
  projection,
  type UserCollectionOptions,
} from './projection.ts'
export type { Fields } from './projection-target.ts'
export { mongoStore } from './store.ts'
