// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import type { CameraSettings, MasterList } from '#protocols/http.ts'
import { type NodeProcess, TestRing, Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** What real processes of a busy machine may take, in ms. */
const SLOW_MS = 120_000
const run = promisify(execFile)
const test = suite('a camera with a master')
let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180&fps=10&gop=10' }], alder)
  await until(async () => (await ring.camera('porch', alder))?.live === true && (await ring.camera('porch', birch))?.live === true, 'it is live', SLOW_MS)
})
test.after(async () => { await ring.end() })

async function thatdam(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Thatdam([...args, '--node', birch.url]).ended
  assert.equal(code, 0, stderr)
  return stdout
}

test('its mode, its seconds around a motion, its master and its button are set by the command line on any node', async () => {
  assert.match(await thatdam('cameras', 'set', 'porch', '--mode', 'manual', '--pre-roll', '7', '--post-roll', '20.5', '--master', 'ffv1'), /Porch: changed/)
  const { record } = await ring.get<CameraSettings>(`${alder.url}/api/v1/cameras/porch`)
  assert.deepEqual([record.mode, record.preRollSeconds, record.postRollSeconds, record.master], ['manual', 7, 20.5, 'ffv1'])
  const wrong = await new Thatdam(['cameras', 'set', 'porch', '--pre-roll', '61', '--node', birch.url]).ended
  assert.notEqual(wrong.code, 0)
  await thatdam('cameras', 'set', 'porch', '--record', 'on')
  await until(async () => (await ring.camera('porch', birch))?.recording === true, 'it is recorded', SLOW_MS)
})

test('the master of what was recorded is listed by every node, and downloaded from any', async () => {
  const sinceMs = Date.now()
  await until(async () => ((await ring.camera('porch', birch))?.lastDurableMs ?? 0) > sinceMs + 2_000, 'two seconds are safe', SLOW_MS)
  await thatdam('cameras', 'set', 'porch', '--record', 'off')
  for (const node of [alder, birch]) {
    const list = await until(async () => {
      const { masters } = await ring.get<MasterList>(`${node.url}/api/v1/cameras/porch/masters`)
      return masters.length > 0 && masters.every(({ state }) => state === 'done') ? masters : undefined
    }, `made, as ${node.name} tells`, SLOW_MS)
    const path = join(ring.dir, `${node.name}.mkv`)
    await writeFile(path, await ring.bytes(`${node.url}/api/v1/assets/${list[0]!.asset}/content`))
    const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0', path])
    assert.equal(stdout.trim(), 'ffv1,320\nflac')
  }
  assert.match(await thatdam('cameras', 'masters', 'porch'), /ffv1 +done/)
})

test.run()
