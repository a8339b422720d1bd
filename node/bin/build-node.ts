import { writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { build, type Plugin } from 'vite'
import { compiledFrom, DIST, sourcesStamp, STAMP_FILE } from './compiled.js'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, DIST)

/** What `thatdam.js` loads. */
const ENTRIES = ['node/cli/main.ts', 'node/cli/end-process.ts', 'peer/main.ts', 'peer/devices/inventory.ts', 'peer/devices/machine-cameras.ts']

/** Packages that are hundreds of small files of nothing but JavaScript. The others are loaded where they are: some have machine code or files beside them. */
const SMALL_FILES = /^(?:typebox|@fastify\/type-provider-typebox|libp2p|@libp2p\/[^/]+|@chainsafe\/[^/]+|multiformats|@multiformats\/[^/]+|@ipld\/[^/]+|jose|yjs|lib0)(?:\/|$)/

/** A module is no longer where its source is, and what it names beside it still is. */
const wherePathsAre: Plugin = {
  name: 'where-paths-are',
  transform(code, id) {
    if (id.includes('/node_modules/') || !code.includes('import.meta.')) return
    const source = relative(FOLDER, id)
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(source)}, import.meta.url).href`).replaceAll('import.meta.dirname', `process.getBuiltinModule('node:path').join(import.meta.dirname, ${JSON.stringify(dirname(source))})`)
  }
}

/** The command as a few files instead of two thousand, of which finding and reading alone takes longer than everything else at a start. */
export async function buildNode(): Promise<void> {
  const isOutside = (id: string, importer?: string): boolean => !/^[./#]/.test(id) && importer?.includes('/node_modules/') !== true && !SMALL_FILES.test(id)
  await build({
    root: ROOT, configFile: false, logLevel: 'warn', ssr: { noExternal: true },
    build: { ssr: true, outDir: FOLDER, target: 'node24', minify: false, rollupOptions: { input: Object.fromEntries(ENTRIES.map((source) => [basename(compiledFrom(source), '.js'), source])), external: isOutside, plugins: [wherePathsAre], output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' } } }
  })
  writeFileSync(join(FOLDER, STAMP_FILE), sourcesStamp())
}
