import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchOptions } from '../scripts/chromium.ts'
import { type ExampleProcess, startExample } from './example-process.ts'
import { freePort } from './free-port.ts'

let browser: Browser
let example: ExampleProcess

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
  example = await startExample('minimal', { PORT: String(await freePort()) })
})
afterAll(async () => {
  await browser.close()
  await example.stop()
})

it('the server and the page of the README: two windows see each other, and a reload is not seen', async () => {
  const ada = await browser.newPage()
  await ada.goto(`${example.url}/?as=ada`)
  await ada.getByText('ada is online').waitFor()
  const grace = await (await browser.newContext()).newPage()
  await grace.goto(`${example.url}/?as=grace`)
  await ada.getByText('grace is online').waitFor()

  await grace.getByRole('button', { name: 'Busy for an hour' }).click()
  await ada.getByText('grace is busy').waitFor()
  await grace.getByRole('button', { name: 'Free again' }).click()
  await ada.getByText('grace is online').waitFor()

  const before = example.output.length
  for (let times = 0; times < 3; times++) {
    await grace.reload()
    await grace.getByText('ada is online').waitFor()
  }
  expect(example.output.slice(before)).toEqual([])
})
