/** Runs after `npm ci`: builds the pages, the SDK and the command, and makes `npx thatdam` work inside the repository itself. */
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { buildNode } from './build-node.ts'
import { buildSdk } from './build-sdk.ts'

const root = join(import.meta.dirname, '../..')
const link = join(root, 'node_modules/.bin/thatdam')

rmSync(link, { force: true })
symlinkSync('../../node/bin/thatdam.js', link)
await buildSdk()
await buildNode()
await build({ root: join(root, 'web'), logLevel: 'warn' })
