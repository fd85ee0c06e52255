import type { Member } from '@rollcall/client'
import { useMembers } from '@rollcall/react'
import type { ChannelSpace } from '../../shared/directory.ts'
import { hrefTo } from '../route.ts'
import { Avatar } from '../status/avatar.tsx'
import { statusRank, statusWord } from '../status/status-words.ts'
import { useWorkspace } from '../workspace-context.ts'

const reads = ({ state }: Member<ChannelSpace>) => state?.reading === true

/** The channel's members who are here, those reading it right now first. */
export function MemberStrip({ space }: { readonly space: ChannelSpace }) {
  const { person } = useWorkspace()
  const members = [...useMembers(space)].sort(
    (a, b) => Number(reads(b)) - Number(reads(a)) || statusRank(a.presence.status) - statusRank(b.presence.status),
  )
  return (
    <ul className="members" aria-label="Members here" data-testid="members">
      {members.map((member) => {
        const known = person(member.userId)
        const { status, stale } = member.presence
        return (
          known && (
            <li
              key={member.userId}
              data-testid="member"
              data-user={member.userId}
              data-status={status}
              data-stale={stale}
              data-reading={reads(member)}
            >
              <a
                href={hrefTo({ personId: member.userId, side: 'person' })}
                title={`${known.name}: ${statusWord(status)}${reads(member) ? ', reads this channel' : ''}`}
              >
                <Avatar person={known} status={status} stale={stale} size={30} />
                <span className="member-name">{known.name.split(' ')[0]}</span>
                <span className="visually-hidden">
                  {statusWord(status)}
                  {reads(member) && ', reads this channel'}
                </span>
              </a>
            </li>
          )
        )
      })}
    </ul>
  )
}
