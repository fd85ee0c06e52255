import type { PresenceStatus } from '@rollcall/client'
import { StatusIndicator } from '@rollcall/react/components'
import { type Browser, chromium, type Page } from 'playwright-core'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchOptions } from '../../../scripts/chromium.ts'

const statuses: readonly PresenceStatus[] = ['online', 'away', 'busy', 'dnd', 'offline', 'unknown']
const SIDE = 16

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
})
afterAll(() => browser.close())

async function show(css = '', media: Parameters<Page['emulateMedia']>[0] = {}) {
  const page = await browser.newPage()
  await page.emulateMedia(media)
  const pictures = statuses.map((status) => renderToStaticMarkup(<StatusIndicator status={status} size={SIDE} />))
  await page.setContent(`<style>svg { display: block } ${css}</style>${pictures.join('')}`)
  return page
}

/** Luminance of each pixel of a picture and of the ground behind it, 0 to 1, as painted. */
async function painted(page: Page, status: PresenceStatus): Promise<readonly number[]> {
  const png = await page.locator(`svg[data-status=${status}]`).screenshot()
  return page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob()
    const bitmap = await createImageBitmap(blob)
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    const linear = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4)
    return Array.from({ length: data.length / 4 }, (_, i) => {
      const [red = 0, green = 0, blue = 0] = data.subarray(i * 4, i * 4 + 3)
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    })
  }, png.toString('base64'))
}

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)

test('BR-65: in greyscale, at the size of a letter, any two statuses differ in a tenth of their pixels and more', async () => {
  const page = await show('svg { filter: grayscale(1) }')
  const shapes = new Map<PresenceStatus, readonly boolean[]>()
  for (const status of statuses) {
    // Drawn or not, whatever the shade.
    shapes.set(
      status,
      (await painted(page, status)).map((luminance) => contrast(luminance, 1) > 1.7),
    )
  }
  for (const [a, first] of shapes) {
    for (const [b, second] of shapes) {
      if (a === b) continue
      const different = first.filter((drawn, i) => drawn !== second[i]).length
      expect(different / first.length, `${a} and ${b}`).toBeGreaterThanOrEqual(0.1)
    }
  }
})

test.each(['light', 'dark'] as const)('BR-66: with forced colours, %s, each stands out by 3:1', async (colorScheme) => {
  const page = await show('', { forcedColors: 'active', colorScheme })
  for (const status of statuses) {
    const pixels = [...(await painted(page, status))]
    const ground = pixels[0] as number
    expect(Math.max(...pixels.map((pixel) => contrast(pixel, ground))), status).toBeGreaterThanOrEqual(3)
  }
})

test('BR-67: each is an image with a name in the accessibility tree', async () => {
  const page = await show()
  const names = await page.getByRole('img').evaluateAll((images) => images.map((image) => image.ariaLabel))
  expect(names).toEqual(['Online', 'Away', 'Busy', 'Do not disturb', 'Offline', 'Unknown'])
  expect(await page.getByRole('img', { name: 'Do not disturb', exact: true }).count()).toBe(1)
})

test('BR-73: takes the colour of a variable', async () => {
  const page = await show(':root { --rollcall-online: rgb(1, 2, 3) }')
  const fill = page.locator('svg[data-status=online] path')
  expect(await fill.evaluate((path) => getComputedStyle(path).fill)).toBe('rgb(1, 2, 3)')
})
