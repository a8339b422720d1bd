import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { buildSdk } from '../../../node/bin/build-sdk.ts'

const test = suite('ThatDAM installed in a program\'s folder')
const ROOT = join(import.meta.dirname, '../../..')
/** The Node that the system has, which may be older than ours. */
const SYSTEM_NODE = '/usr/bin/node'
const run = promisify(execFile)

const PROGRAM = `
import { MediaIndexer, NodeRefusedError, NodeSilentError, ThatDam } from 'thatdam'
const why = await new MediaIndexer({ url: 'http://127.0.0.1:1' }).getRecent().catch((err) => err)
process.stdout.write([why instanceof NodeSilentError, why instanceof NodeRefusedError, new ThatDam({ url: 'http://127.0.0.1:1/' }).url].join(' '))
`
const WORKS = 'true false http://127.0.0.1:1'

let dir: string
let copied: string
let linked: string

test.before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'thatdam-installed-'))
  copied = await folderOf('copied')
  linked = await folderOf('linked')
  await buildSdk()
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir], { cwd: ROOT })
  await mkdir(join(copied, 'node_modules/thatdam'), { recursive: true })
  await run('tar', ['-xzf', join(dir, 'thatdam-0.1.0.tgz'), '--strip-components=1', '-C', join(copied, 'node_modules/thatdam')]) // what npm install does with it
  await mkdir(join(linked, 'node_modules'))
  await symlink(ROOT, join(linked, 'node_modules/thatdam')) // what npm install does with a folder
})
test.after(() => rm(dir, { recursive: true, force: true }))

async function folderOf(name: string): Promise<string> {
  const folder = join(dir, name)
  await mkdir(folder)
  await writeFile(join(folder, 'program.mjs'), PROGRAM)
  return folder
}

const runProgram = async (folder: string, node = process.execPath): Promise<string> => (await run(node, ['program.mjs'], { cwd: folder })).stdout
const runCommand = (folder: string, node = process.execPath): Promise<{ stdout: string; stderr: string; code?: number }> => run(node, [join(folder, 'node_modules/thatdam/node/bin/thatdam.js'), '--version']).catch((err) => err)

test('a program imports it from a packed copy, in which Node strips no types', async () => {
  assert.equal(await runProgram(copied), WORKS)
})

test('a program imports it from a clone that npm linked', async () => {
  assert.equal(await runProgram(linked), WORKS)
})

test('the command works in a linked clone, and in a copy says how it does', async () => {
  assert.equal((await runCommand(linked)).stdout, '0.1.0\n')
  const { code, stderr } = await runCommand(copied)
  assert.deepEqual([code, stderr], [1, 'thatdam: this is a copy below node_modules, where Node runs no TypeScript: clone the repository, run "npm ci" in it, and install that folder: npm install /path/to/thatdam\n'])
})

if (existsSync(SYSTEM_NODE)) {
  test('the Node of the system imports it too, and hands the command to ours without a word', async () => {
    assert.equal(await runProgram(copied, SYSTEM_NODE), WORKS)
    assert.deepEqual(await runCommand(linked, SYSTEM_NODE), { stdout: '0.1.0\n', stderr: '' })
  })
}

test.run()
