import { join } from 'node:path'
import { build } from 'vite'

const SDK = join(import.meta.dirname, '../sdk')

/** What `import … from 'thatdam'` gets: one file of JavaScript, since Node strips no types below node_modules. It runs on the oldest Node that `engines` allows. */
export async function buildSdk(): Promise<void> {
  await build({ root: SDK, configFile: false, logLevel: 'warn', build: { ssr: 'index.ts', outDir: 'dist', target: 'node20', rollupOptions: { output: { entryFileNames: 'index.js' } } } })
}
