import type { PresenceStatus } from '@rollcall/client'
import { type ReactNode, type SVGAttributes, useRef } from 'react'
import { useWords } from '../words/context.ts'
import { STATUS_COLOURS, STATUS_SHAPES } from './shapes.ts'
import { statusImageProps } from './status-image.ts'
import { usePulse } from './use-pulse.ts'

export interface StatusIndicatorProps extends Omit<SVGAttributes<SVGSVGElement>, 'children' | 'viewBox' | 'role'> {
  readonly status: PresenceStatus
  /** The name of the image; `null` where text beside it already says the status. @default the word for the status */
  readonly label?: string | null
  /** Width and height, as SVG takes them. @default '0.75em' */
  readonly size?: number | string
  /** Beats once when the status changes; never for who asked for less motion. @default false */
  readonly pulse?: boolean
}

/**
 * A status as a small picture: each has its own shape, so that colour is never the only sign. Needs no style sheet, stays
 * visible in forced colours, and takes its colours from `--rollcall-online`, `--rollcall-away`, … where they are set.
 */
export function StatusIndicator({
  status,
  label,
  size = '0.75em',
  pulse = false,
  ...rest
}: StatusIndicatorProps): ReactNode {
  const words = useWords()
  const picture = useRef<SVGSVGElement>(null)
  usePulse(picture, status, pulse)
  const name = label === undefined ? words.status[status] : label
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: named by aria-label, or hidden
    <svg ref={picture} viewBox="0 0 16 16" width={size} height={size} {...statusImageProps(status, name)} {...rest}>
      <path
        d={STATUS_SHAPES[status]}
        fillRule="evenodd"
        fill={`var(--rollcall-${status}, ${STATUS_COLOURS[status]})`}
      />
    </svg>
  )
}
