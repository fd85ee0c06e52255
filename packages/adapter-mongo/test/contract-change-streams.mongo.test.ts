import { contractOf } from './contract-of.ts'

contractOf('MONGO_URL', 6)
contractOf('MONGO_URL', 7)
