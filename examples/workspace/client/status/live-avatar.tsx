import { useOnlineStatus } from '@rollcall/react'
import type { Person } from '../../shared/directory.ts'
import { Avatar } from './avatar.tsx'

/** An avatar that follows its person. */
export function LiveAvatar({ person, size }: { readonly person: Person; readonly size?: number }) {
  const { status, stale } = useOnlineStatus(person.id)
  return <Avatar person={person} status={status} stale={stale} {...(size && { size })} />
}
