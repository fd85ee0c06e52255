// @vitest-environment node
import { readFileSync } from 'node:fs'
import * as main from '@rollcall/react'
import * as components from '@rollcall/react/components'
import * as testing from '@rollcall/react/testing'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const entries = Object.values(manifest.exports).filter((path) => path !== './package.json')

test.each(entries)('BR-49: %s starts with “use client”', (path) => {
  expect(read(path)).toMatch(/^'use client'\n/)
})

test('BR-49: every published entry is one of those', () => {
  expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports))
})

test('BR-50: works with React 18 and 19', () => {
  expect(manifest.peerDependencies.react).toBe('^18.0.0 || ^19.0.0')
})

test('BR-55: no export is called usePresence', () => {
  const names = [main, components, testing].flatMap((entry) => Object.keys(entry))
  expect(names).toContain('useOnlineStatus')
  expect(names).not.toContain('usePresence')
})

test('BR-55: the first screen of the README tells the three questions apart', () => {
  const screen = read('README.md').split('\n').slice(0, 30).join('\n')
  for (const hook of ['useOnlineStatus(userId)', 'useBrowserOnline()', 'useConnectionStatus()'])
    expect(screen).toContain(hook)
})

test('BR-76: nothing in the package has side effects', () => {
  expect(manifest.sideEffects).toBe(false)
})
