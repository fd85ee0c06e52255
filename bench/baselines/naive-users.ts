import type { BenchNode } from '../nodes/bench-node.ts'

export type Column = 'org' | 'company'

/** Presence in the application's own users, with the columns that tutorials add. */
export interface NaiveUsers extends BenchNode {
  /** Everybody in an organisation of `spaceSize` and in one company, online or not. Those who are due were active long ago. */
  fill(
    users: number,
    of: { readonly spaceSize: number; readonly isOnline: boolean; readonly due?: number },
  ): Promise<void>
  /** Looks through all users for those who are gone; sets them offline and answers how many. */
  sweep(): Promise<number>
  /** A page of an organisation's online users, after one of them. */
  list(column: Column, name: string, after: string): Promise<readonly string[]>
}

/** Without a heartbeat for so long a user is gone. */
export const GONE_AFTER_MS = 120_000
export const PAGE = 50
