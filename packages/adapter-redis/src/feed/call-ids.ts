/** Makes ids that no other process and no other call has. */
export function createCallIds(): () => string {
  const own = Math.random().toString(36).slice(2, 12)
  let calls = 0
  return () => `${own}${(++calls).toString(36)}`
}
