import type { ServerMessage } from '@rollcall/core/protocol'
import type { Link } from '../network.ts'
import type { Line, Page } from '../page.ts'
import type { Scene } from '../scene.ts'
import type { Accepted } from '../store/shared-store.ts'

/** Where an invariant looks. Each answers what is wrong, or `null`. */
export interface Hooks {
  /** A write was accepted; nothing came after it yet. */
  accepted?(accepted: Accepted): string | null
  /** A page hears a message; its client does not have it yet. */
  heard?(page: Page, way: Link | Line, message: ServerMessage): string | null
  /** Every few seconds. */
  look?(): string | null
  /** The run is over, and everything had time to become right. May let the world go on. */
  end?(scene: Scene): string | null | Promise<string | null>
}

/** Something that must never be otherwise. */
export interface Invariant {
  readonly name: string
  /** @param complain For what is noticed elsewhere than in a hook. */
  begin(scene: Scene, complain: (message: string) => void): Hooks
}
