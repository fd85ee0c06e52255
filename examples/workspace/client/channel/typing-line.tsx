import { useWorkspace } from '../workspace-context.ts'

const names = new Intl.ListFormat(undefined, { type: 'conjunction' })

/** Who types now. Keeps its place when nobody does, so that nothing jumps. */
export function TypingLine({ userIds }: { readonly userIds: readonly string[] }) {
  const { person } = useWorkspace()
  const typists = userIds.map((id) => person(id)?.name.split(' ')[0] ?? id)
  const who = typists.length > 3 ? 'Several people' : names.format(typists)
  return (
    <p className="typing" data-testid="typing" data-users={userIds.join(' ')}>
      {typists.length > 0 && (
        <>
          <span className="dots" aria-hidden="true" /> {who} {typists.length === 1 ? 'is' : 'are'} typing
        </>
      )}
    </p>
  )
}
