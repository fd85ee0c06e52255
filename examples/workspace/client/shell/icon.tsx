import type { ReactNode } from 'react'

const PATHS = {
  people: (
    <path d="M7 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5 7c0-2.8 2.2-4.7 5-4.7s5 1.9 5 4.7M13.2 4a2.7 2.7 0 0 1 0 5.2M14.6 12c2 .6 3.4 2.2 3.4 4.5" />
  ),
  hash: <path d="M4 7.5h12.5M3.5 12.5H16M8.5 3.5l-2 13M13.5 3.5l-2 13" />,
  pulse: <path d="M2 10h3.6l2-5.5 4 11 2.2-5.5H18" />,
  search: <path d="M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 4 4" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  chevron: <path d="m5.5 8 4.5 4.5L14.5 8" />,
  back: <path d="M12 5 7 10l5 5" />,
  sun: (
    <path d="M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1" />
  ),
  moon: <path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5Z" />,
  auto: <path d="M10 3a7 7 0 1 0 0 14V3Zm0 0a7 7 0 0 1 0 14" />,
  leave: <path d="M8 3.5H4.5v13H8M12 6.5l3.5 3.5-3.5 3.5M15 10H7.5" />,
  send: <path d="M3.5 10 16.5 4l-4 13-3-5.2L3.5 10Zm6 1.8 3-3.3" />,
  screen: <path d="M3 4.5h14v9H3zM7.5 16.5h5" />,
  phone: <path d="M6.5 2.5h7v15h-7zM9 15h2" />,
  bolt: <path d="M11 2.5 4.5 11H9l-.5 6.5L15.5 9H11V2.5Z" />,
  plug: <path d="M7 3v4M13 3v4M5 7h10v2.5a5 5 0 0 1-10 0V7Zm5 7.5V18" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof PATHS

/** A line drawing beside a word; says nothing by itself. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {PATHS[name]}
    </svg>
  )
}
