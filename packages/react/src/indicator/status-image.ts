import type { PresenceStatus } from '@rollcall/client'

/** Props of a picture of a status: an image with a name, or hidden where the text beside it says the same. */
export interface StatusImageProps {
  readonly role?: 'img'
  readonly 'aria-label'?: string
  readonly 'aria-hidden'?: true
  readonly 'data-status': PresenceStatus
}

/**
 * Props for a picture of one's own, such as `<svg {...statusImageProps(status, 'Online')}>`.
 *
 * @param label Its name; `null` hides it from assistive technology.
 */
export function statusImageProps(status: PresenceStatus, label: string | null): StatusImageProps {
  return label === null
    ? { 'aria-hidden': true, 'data-status': status }
    : { role: 'img', 'aria-label': label, 'data-status': status }
}
