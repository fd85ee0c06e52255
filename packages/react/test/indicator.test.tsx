import type { PresenceStatus } from '@rollcall/client'
import {
  arabic,
  english,
  french,
  german,
  japanese,
  PresenceLocale,
  STATUS_COLOURS,
  STATUS_SHAPES,
  StatusIndicator,
  statusImageProps,
  turkish,
} from '@rollcall/react/components'
import { render } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { inBothModes } from './modes.tsx'

const statuses = Object.keys(STATUS_SHAPES) as PresenceStatus[]

afterEach(() => void vi.restoreAllMocks())

inBothModes('StatusIndicator', (Mode) => {
  const draw = (node: React.ReactNode) => {
    const { container, rerender } = render(node, { wrapper: Mode })
    const svg = container.querySelector('svg') as SVGSVGElement
    return { svg, rerender }
  }

  test('BR-67: is an image named by the word for its status', () => {
    const { svg } = draw(<StatusIndicator status="dnd" />)
    expect(svg.getAttribute('role')).toBe('img')
    expect(svg.getAttribute('aria-label')).toBe('Do not disturb')
    expect(svg.hasAttribute('aria-hidden')).toBe(false)
  })

  test('BR-67: is hidden, and then neither image nor named, beside a text that says the same', () => {
    const { svg } = draw(<StatusIndicator status="dnd" label={null} />)
    expect(svg.getAttribute('aria-hidden')).toBe('true')
    expect(svg.hasAttribute('role')).toBe(false)
    expect(svg.hasAttribute('aria-label')).toBe(false)
  })

  test('BR-71: takes its words from PresenceLocale, or its own label', () => {
    const own = { ...german, status: { ...german.status, away: 'Kurz weg' } }
    const named = (node: React.ReactNode) =>
      draw(<PresenceLocale words={own}>{node}</PresenceLocale>).svg.getAttribute('aria-label')
    expect(named(<StatusIndicator status="busy" />)).toBe('Beschäftigt')
    expect(named(<StatusIndicator status="away" />)).toBe('Kurz weg')
    expect(named(<StatusIndicator status="busy" label="Ada ist beschäftigt" />)).toBe('Ada ist beschäftigt')
  })

  test('BR-73: needs no style sheet, and takes its colour from a variable where there is one', () => {
    const { svg } = draw(<StatusIndicator status="online" />)
    expect(svg.getAttribute('width')).toBe('0.75em')
    expect(svg.querySelector('path')?.getAttribute('fill')).toBe('var(--rollcall-online, #2a9d4a)')
    expect(svg.querySelectorAll('[style],[class]')).toHaveLength(0)
    expect(svg.hasAttribute('style') || svg.hasAttribute('class')).toBe(false)
  })

  test('passes on what an svg takes', () => {
    const { svg } = draw(<StatusIndicator status="online" size={20} className="dot" data-testid="x" />)
    expect([svg.getAttribute('width'), svg.getAttribute('class'), svg.dataset.testid]).toEqual(['20', 'dot', 'x'])
  })

  test.each([
    { less: false, beats: 1 },
    { less: true, beats: 0 },
  ])('BR-72: a pulse beats $beats times per change with less motion asked for: $less', ({ less, beats }) => {
    const animate = vi.fn()
    vi.spyOn(window, 'matchMedia').mockImplementation(
      (query) => ({ matches: less && query.includes('reduce') }) as MediaQueryList,
    )
    const { svg, rerender } = draw(<StatusIndicator status="online" pulse />)
    Object.assign(svg, { animate })
    rerender(<StatusIndicator status="online" pulse />)
    expect(animate).not.toHaveBeenCalled()
    rerender(<StatusIndicator status="away" pulse />)
    expect(animate).toHaveBeenCalledTimes(beats)
  })

  test('BR-72: without pulse nothing ever moves', () => {
    const animate = vi.fn()
    const { svg, rerender } = draw(<StatusIndicator status="online" />)
    Object.assign(svg, { animate })
    rerender(<StatusIndicator status="away" />)
    expect(animate).not.toHaveBeenCalled()
    expect(svg.querySelector('animate')).toBeNull()
  })
})

describe('pictures of statuses', () => {
  test('BR-65: each has a shape of its own', () => {
    expect(new Set(Object.values(STATUS_SHAPES)).size).toBe(statuses.length)
  })

  test.each([
    ['white', '#ffffff'],
    ['black', '#000000'],
    ['Aquatic', '#202020'],
    ['Desert', '#fffaef'],
    ['Dusk', '#2d3236'],
  ])('BR-66: each stands out by 3:1 from the ground of forced colours %s', (_, ground) => {
    for (const status of statuses) expect(contrast(STATUS_COLOURS[status], ground), status).toBeGreaterThanOrEqual(3)
  })

  test('BR-73: a picture of one’s own gets the same props', () => {
    expect(statusImageProps('away', 'Away')).toEqual({ role: 'img', 'aria-label': 'Away', 'data-status': 'away' })
    expect(statusImageProps('away', null)).toEqual({ 'aria-hidden': true, 'data-status': 'away' })
  })

  test('BR-71: six languages name every status differently', () => {
    for (const { status } of [english, german, french, turkish, arabic, japanese]) {
      expect(Object.keys(status).sort()).toEqual([...statuses].sort())
      expect(new Set(Object.values(status)).size).toBe(statuses.length)
    }
  })
})

/** Contrast ratio by WCAG. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue
  }
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}
