import { existsSync, readdirSync } from 'node:fs'
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

// Kinds by file suffix: `.test.ts` and `.prop.test.ts` run in the unit projects, one per package; the others need a service or a browser.
const integration = '**/*.int.test.{ts,tsx}'
const browser = '**/*.browser.test.{ts,tsx}'
/** Browser tests that take minutes, in which they wait. */
const slow = '**/*.slow.browser.test.ts'
const services = ['redis', 'mongo', 'postgres', 'cluster'] as const
const needsService = `**/*.{${services.join(',')}}.test.ts`

const unit = (name: string, folder: string, rest: Partial<TestProjectInlineConfiguration> = {}) => ({
  ...rest,
  test: {
    name,
    include: [`packages/${folder}/test/**/*.test.{ts,tsx}`],
    exclude: [...configDefaults.exclude, integration, browser, needsService],
    environment: folder === 'react' ? 'happy-dom' : 'node',
    setupFiles: folder === 'core' ? ['packages/core/test/fixed-seed.ts'] : [],
  },
})

// Every test of @rollcall/react runs on both React versions; the older one lives in a folder of its own, peers and all.
const react18 = new URL('packages/react/test/react-18/node_modules/', import.meta.url).pathname
const react18Alias = ['react', 'react-dom', '@testing-library/react'].map((name) => ({
  find: new RegExp(`^${name}(?=/|$)`),
  replacement: `${react18}${name}`,
}))

const packages = readdirSync(new URL('packages/', import.meta.url)).filter((name) =>
  existsSync(new URL(`packages/${name}/package.json`, import.meta.url)),
)

export default defineConfig({
  test: {
    projects: [
      ...packages.filter((name) => name !== 'react').map((name) => unit(name, name)),
      unit('react-19', 'react'),
      unit('react-18', 'react', { resolve: { alias: react18Alias } }),
      { test: { name: 'scripts', include: ['scripts/test/**/*.test.ts'], exclude: [needsService] } },
      {
        test: {
          name: 'integration',
          include: [`{packages,examples}/*/test/${integration}`, `e2e/${integration}`],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      ...services.map((name) => ({
        test: {
          name,
          include: [`{packages/*,scripts}/test/**/*.${name}.test.ts`, `e2e/**/*.${name}.test.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: 'scripts/services/vitest.ts',
          setupFiles: name === 'mongo' || name === 'cluster' ? ['scripts/services/vitest-stand-in.ts'] : [],
          // Many nodes in processes of their own, whose timers these tests measure: one file at a time.
          fileParallelism: name !== 'cluster',
        },
      })),
      {
        test: {
          name: 'browser',
          include: [`{packages,examples}/*/test/${browser}`, `e2e/${browser}`],
          exclude: [...configDefaults.exclude, slow],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: 'e2e/build-workspace.ts',
          // One browser at a time: timers in a page are what these tests measure.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'slow',
          include: [`e2e/${slow}`],
          testTimeout: 5 * 60_000,
          hookTimeout: 60_000,
          // They wait beside each other.
          maxWorkers: 4,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      reporter: [['text', { skipFull: true, maxCols: 110 }], 'html'],
      thresholds: { 'packages/core/src/**': { branches: 95 } },
    },
  },
})
