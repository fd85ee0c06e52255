import { type CallOptions, callApi } from '../api.ts'
import { freshToken } from '../session.ts'

/** Asks the server for something that only admins may. What becomes of it, presence shows; a refusal rejects. */
export async function adminCall(action: 'kick' | 'status', body: NonNullable<CallOptions['body']>): Promise<void> {
  await callApi(`/api/admin/${action}`, { body, token: await freshToken() })
}
