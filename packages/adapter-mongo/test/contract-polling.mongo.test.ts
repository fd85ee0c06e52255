import { contractOf } from './contract-of.ts'

contractOf('MONGO_STANDALONE_URL', 6, { feed: { pollEvery: 20 } })
contractOf('MONGO_STANDALONE_URL', 7, { feed: { pollEvery: 20 } })
