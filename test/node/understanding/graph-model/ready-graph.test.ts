import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readyGraph } from '../../../../node/understanding/inference/graph-model/ready-graph.ts'
import { input, smallGraph } from '../../../support/models/small-graph.ts'

interface Context { dir: string }
const test = suite<Context>('a graph made ready')
test.before.each(async (context) => { context.dir = await mkdtemp(join(tmpdir(), 'thatdam-graph-')) })
test.after.each(({ dir }) => rm(dir, { recursive: true }))

async function lay(dir: string, bias: number): Promise<void> {
  const { json, numbers } = smallGraph([input('picture', 1), { name: 'result', op: 'Add', input: ['picture', 'bias'] }], [{ name: 'bias', shape: [1], values: [bias] }])
  await writeFile(join(dir, 'small.json'), json)
  await writeFile(join(dir, 'small.bin'), numbers)
}

test('it is converted once, and anew when its files are others', async ({ dir }) => {
  await lay(dir, 1)
  const first = await readyGraph(dir, 'small', ['result']) as string
  const { mtimeMs } = await stat(first)
  assert.is(await readyGraph(dir, 'small', ['result']), first)
  assert.is((await stat(first)).mtimeMs, mtimeMs)
  await lay(dir, 2)
  const second = await readyGraph(dir, 'small', ['result']) as string
  assert.is.not(second, first)
  assert.equal((await readdir(dir)).sort(), ['small.bin', 'small.json', second.slice(dir.length + 1)].sort(), 'and the old one is gone')
})

test('where nothing can be kept it is there all the same, and leaves nothing behind', async ({ dir }) => {
  await lay(dir, 1)
  const kept = await readFile(await readyGraph(dir, 'small', ['result']) as string)
  const name = 'n'.repeat(230) // no longer one can be written
  for (const ending of ['json', 'bin']) await copyFile(join(dir, `small.${ending}`), join(dir, `${name}.${ending}`))
  const before = await readdir(dir)
  assert.equal(Buffer.from(await readyGraph(dir, name, ['result']) as Uint8Array), kept)
  assert.equal(await readdir(dir), before)
})

test.run()
