import { expect, test } from 'vitest'
import { lackingIn, numbersOf, titlesIn } from '../rows.ts'

test('finds the rows that titles begin with, also in the comments of type tests', () => {
  const source =
    "it('BR-07: as one', () => {})\nit.each([1])('BR-23, BR-28: both %s', () => {})\n// BR-09: a comment\nit('of BR-10', f)"
  const titles = titlesIn('a.test.ts', source)
  expect(titles.map(({ title }) => title)).toEqual(['BR-07: as one', 'BR-23, BR-28: both %s'])
  expect(titles.map(numbersOf)).toEqual([['BR-07'], ['BR-23', 'BR-28']])
  expect(titlesIn('a.test-d.ts', source).map(numbersOf)).toEqual([['BR-09']])
})

test('a row is lacking unless a test of its kind names it', () => {
  const lacks = (number: string, ...paths: string[]) =>
    lackingIn(paths.map((path) => ({ path, title: `${number}: …` }))).some((text) => text.startsWith(number))
  expect(lacks('BR-05')).toBe(true)
  expect(lacks('BR-05', 'packages/client/test/activity.test.ts')).toBe(false)
  expect(lacks('BR-07', 'packages/client/test/activity.test.ts')).toBe(true)
  expect(lacks('BR-07', 'e2e/rows/tabs.browser.test.ts')).toBe(false)
  expect(lacks('BR-15', 'e2e/rows/lifecycle.browser.test.ts')).toBe(true)
  expect(lacks('BR-15', 'e2e/rows/lifecycle.browser.test.ts', 'e2e/rows/rows.firefox.browser.test.ts')).toBe(false)
})
