import { build, minifySync } from 'vite'

/**
 * What a bundler makes of a file for production: minified, in one file.
 *
 * @param external Packages that are left out.
 */
export async function bundle(entry: string, external: readonly string[] = []): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'] },
      rolldownOptions: { external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)) },
    },
  })
  const [result] = [built].flat()
  if (!result || !('output' in result)) throw new Error(`${entry} made no bundle`)
  const code = result.output.map((part) => ('code' in part ? part.code : '')).join('')
  // Vite itself keeps the white space of a library.
  return minifySync('bundle.js', code, { module: true }).code
}
