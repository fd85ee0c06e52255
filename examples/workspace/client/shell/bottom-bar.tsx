import { useRoute } from '../route.ts'
import { Icon, type IconName } from './icon.tsx'

/** Navigation within a thumb's reach, where the sidebar has no room. */
export function BottomBar() {
  const { channelId, side } = useRoute()
  const tabs: readonly (readonly [string, string, IconName, boolean])[] = [
    ['#/people', 'People', 'people', channelId === null && side === null],
    ['#/people?side=menu', 'Channels & me', 'hash', side === 'menu' || (channelId !== null && side === null)],
    ['#/people?side=connection', 'Live', 'pulse', side !== null && side !== 'menu'],
  ]
  return (
    <nav className="bottom-bar" aria-label="Main">
      {tabs.map(([to, label, icon, current]) => (
        <a key={label} href={to} aria-current={current ? 'page' : undefined}>
          <Icon name={icon} size={21} />
          {label}
        </a>
      ))}
    </nav>
  )
}
