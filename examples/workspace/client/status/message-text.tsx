import type { UserPresence } from '@rollcall/client'

/** A status message as it was written, the emoji apart so that it can be left out of names. */
export function MessageText({ message }: { readonly message: NonNullable<UserPresence['message']> }) {
  return (
    <span className="message-text">
      {message.emoji && <span aria-hidden="true">{message.emoji}</span>} <span>{message.text}</span>
    </span>
  )
}
