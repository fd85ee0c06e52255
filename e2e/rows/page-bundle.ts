import { fileURLToPath } from 'node:url'
import { build } from 'vite'

let bundle: Promise<string> | undefined

/** The script of the page, from the sources of the packages; built once in a process. */
export function pageBundle(): Promise<string> {
  bundle ??= buildPage()
  return bundle
}

async function buildPage(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: fileURLToPath(new URL('page/page.ts', import.meta.url)),
        output: { format: 'iife' },
      },
    },
  })
  const [result] = [built].flat()
  if (!result || !('output' in result)) throw new Error('Vite built no page.')
  return result.output[0].code
}
