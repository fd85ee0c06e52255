export { ContractViolation } from './checks.ts'
export { type StoreContractOptions, storeContract } from './store-contract.ts'
