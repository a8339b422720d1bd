import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraList, RecordingList, RingView } from '#protocols/http.ts'
import { until } from '../support/until.ts'

const test = suite('npm run demo')
const ROOT = join(import.meta.dirname, '../..')
const PORTS = [8081, 8082, 8083]

let dir: string
let demo: ChildProcess
let output = ''

const get = async <T>(port: number, path: string): Promise<T> => await (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })).json() as T

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function begin(): Promise<void> {
  output = ''
  demo = spawn(process.execPath, [join(ROOT, 'node/bin/demo.ts'), '--data', dir], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [demo.stdout, demo.stderr]) stream?.on('data', (bytes) => { output += bytes })
  await until(() => {
    if (demo.exitCode !== null) throw new Error(`the demo ended: ${output}`)
    return output.includes('Ctrl-C stops everything')
  }, 'the demo is ready', 90_000)
}

async function interrupt(): Promise<number | null> {
  demo.kill('SIGINT')
  const [code] = await once(demo, 'close')
  return code
}

const liveEverywhere = async (): Promise<boolean> => {
  const lists = await Promise.all(PORTS.map((port) => get<CameraList>(port, '/api/v1/cameras')))
  return lists.every(({ cameras }) => ['porch', 'garage'].every((id) => cameras.some((camera) => camera.id === id && camera.live && camera.recording)))
}

test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-demo-')) })

test.after(async () => {
  if (demo !== undefined && demo.exitCode === null && demo.signalCode === null) await interrupt()
  await rm(dir, { recursive: true, force: true })
})

const taken = (await Promise.all(PORTS.map(isFree))).includes(false)
if (taken) process.stdout.write('skipped: a port of the demo (8081 to 8083) is in use\n')
else {
  test('three nodes and two cameras come up, each camera live and recorded on every page', async () => {
    await begin()
    for (const port of PORTS) {
      assert.match(output, new RegExp(`http://127.0.0.1:${port}`))
      const { members } = await until(async () => {
        const ring = await get<RingView>(port, '/api/v1/ring')
        return ring.members.filter(({ alive }) => alive).length === 3 ? ring : undefined
      }, `${port} sees three nodes`)
      assert.deepEqual(members.map(({ name }) => name).sort(), ['alder', 'birch', 'cedar'])
    }
    await until(liveEverywhere, 'both cameras are live on all three pages', 30_000)
  })

  test('Ctrl-C stops everything, and a second start finds its data again', async () => {
    const before = await until(async () => (await get<RecordingList>(8082, '/api/v1/cameras/porch/recordings')).spans[0], 'something is recorded')
    assert.equal(await interrupt(), 0)
    assert.deepEqual(await Promise.all(PORTS.map(isFree)), [true, true, true])
    await begin()
    await until(liveEverywhere, 'both cameras are live again', 30_000)
    const { spans } = await get<RecordingList>(8083, '/api/v1/cameras/porch/recordings')
    assert.ok(spans.some(({ session }) => session === before.session), 'the first recording is still there')
    assert.ok(spans.length >= 2, 'and a new one grows')
    assert.equal(await interrupt(), 0)
  })
}

test.run()
