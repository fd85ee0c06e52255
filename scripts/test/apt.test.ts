import { expect, test } from 'vitest'
import { ownSources } from '../services/apt.ts'

const stanzas = `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: https://vendor.example/apt
Suites: nodistro
Components: main
`

test('takes the sources of the distribution with its backports, and no other vendor’s', () => {
  const signed = '[signed-by=/usr/share/keyrings/debian.gpg] '
  expect(ownSources([stanzas, 'deb https://other.example/apt sdk-bookworm main\n'], 'bookworm')).toEqual([
    `deb ${signed}http://mirror.example/debian bookworm main`,
    `deb ${signed}http://mirror.example/debian bookworm-updates main`,
    `deb ${signed}http://mirror.example/debian bookworm-backports main`,
  ])
})

test('reads one-line sources and leaves out what is switched off', () => {
  const lines = '# deb http://a.example/ubuntu noble main\ndeb http://a.example/ubuntu noble-security main universe\n'
  const off = stanzas.replace('Types: deb\n', 'Types: deb\nEnabled: no\n')
  expect(ownSources([lines, off], 'noble')).toEqual(['deb http://a.example/ubuntu noble-security main universe'])
})
