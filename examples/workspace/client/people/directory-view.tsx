import { useState } from 'react'
import { Icon } from '../shell/icon.tsx'
import { useWorkspace } from '../workspace-context.ts'
import { PersonRow } from './person-row.tsx'
import { type Order, type StatusFilter, useRoster } from './roster.ts'
import { StatusChips } from './status-chips.tsx'
import './people.css'

const ORDERS: readonly (readonly [Order, string])[] = [
  ['here', 'Here first'],
  ['name', 'By name'],
  ['seen', 'Latest change first'],
]

/** Everybody in the organisation: who is here, who is not, since when. */
export function DirectoryView() {
  const { directory } = useWorkspace()
  const [search, setSearch] = useState('')
  const [status, setStatus] = useState<StatusFilter>('all')
  const [order, setOrder] = useState<Order>('here')
  const { here, away, counts } = useRoster(search, status, order)
  return (
    <section className="view" aria-labelledby="people-title" data-testid="directory">
      <header className="view-head">
        <h1 id="people-title">People</h1>
        <p className="quiet figures">
          {counts.present} of {directory.people.length} here
        </p>
      </header>
      <div className="directory-tools">
        <label className="search">
          <span className="visually-hidden">Search people</span>
          <Icon name="search" />
          <input
            className="field"
            type="search"
            data-testid="search"
            placeholder="Search by name, role, team or city"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <select
          className="field directory-order"
          aria-label="Order"
          data-testid="order"
          value={order}
          onChange={(event) => setOrder(event.target.value as Order)}
        >
          {ORDERS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <StatusChips value={status} counts={counts} onChange={setStatus} />
      </div>
      <div className="view-scroll directory-scroll">
        <Group title={order === 'here' ? 'Here now' : 'Everyone'} ids={here} />
        <Group title="Not here" ids={away} />
        {here.length + away.length === 0 && <p className="empty">Nobody matches.</p>}
      </div>
    </section>
  )
}

function Group({ title, ids }: { readonly title: string; readonly ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <section aria-label={title}>
      <h2 className="eyebrow group-title">
        {title} <span className="figures">{ids.length}</span>
      </h2>
      <ul className="rows">
        {ids.map((id) => (
          <PersonRow key={id} userId={id} />
        ))}
      </ul>
    </section>
  )
}
