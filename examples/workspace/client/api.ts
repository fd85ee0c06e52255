export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface CallOptions {
  /** Sent as JSON; without it the call only reads. */
  readonly body?: Readonly<Record<string, string | number | boolean | null>>
  readonly token?: string | null
}

/** Calls the server. Rejects with an {@link ApiError} that carries the server's own words. */
export async function callApi<T = unknown>(path: string, { body, token }: CallOptions = {}): Promise<T> {
  const response = await fetch(path, {
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  const answer = (await response.json().catch(() => ({}))) as T & { error?: string }
  if (!response.ok) throw new ApiError(response.status, answer.error ?? response.statusText)
  return answer
}
