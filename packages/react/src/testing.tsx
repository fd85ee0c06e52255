'use client'

export {
  createTestClient,
  type TestCall,
  type TestPresenceClient,
  type TestPresenceOptions,
} from './testing/test-client.ts'
export { TestPresence, type TestPresenceProps } from './testing/test-presence.tsx'
export type { TestConnection, TestMe, TestUser } from './testing/test-users.ts'
