// needs: ffmpeg
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import type { CameraMotionAreasView, WebhookView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('motion before a camera, on a real node')
/** A busy machine takes its time to begin a camera and to look at it, in ms. */
const CAMERA_MS = 120_000
const WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]
let ring: TestRing
let node: NodeProcess
const areas = (camera = 'porch'): string => `${node.url}/api/v1/cameras/${camera}/motion/areas`

test.before(async () => {
  ring = await TestRing.create()
  node = await ring.begin('alder')
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180&fps=10' }], node)
  await until(async () => (await ring.camera('porch', node))?.live === true, 'the camera is live', CAMERA_MS)
})
test.after(() => ring?.end())

test('a zone drawn before a camera that is recorded always is told of by its name when something moves in it; what makes no sense is refused', async () => {
  const told: Array<{ topic: string; payload: Record<string, unknown> }> = []
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => { body += part.toString() })
    request.on('end', () => { told.push(JSON.parse(body)); response.end() })
  })
  await new Promise<void>((resolve) => { receiver.listen(0, '127.0.0.1', resolve) })
  try {
    await ring.send<WebhookView>('POST', `${node.url}/api/v1/webhooks`, { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, events: ['motion.*'], allowPrivate: true })
    assert.deepEqual(await ring.get<CameraMotionAreasView>(areas()), { masks: [], zones: [], sensitivity: 50, isWatched: false })
    const said = await ring.send<CameraMotionAreasView>('PUT', areas(), { zones: [{ name: 'all of it', polygon: WHOLE }], sensitivity: 90 })
    assert.deepEqual(said, { masks: [], zones: [{ name: 'all of it', polygon: WHOLE }], sensitivity: 90, isWatched: true })
    const { payload } = await until(() => told.find(({ topic, payload: { zone } }) => topic === 'motion.started' && zone === 'all of it'), 'motion in the zone', CAMERA_MS)
    assert.deepEqual([payload['camera'], payload['name']], ['porch', 'Porch'])
    await ring.send('PUT', areas(), { masks: [WHOLE] })
    await until(() => told.find(({ topic, payload: { zone } }) => topic === 'motion.ended' && zone === 'all of it'), 'nothing counts any more', CAMERA_MS)
  } finally {
    receiver.closeAllConnections()
    receiver.close()
  }
  for (const body of [{}, { sensitivity: -1 }, { masks: [[[0, 0], [1, 1]]] }, { zones: [{ name: 'a', polygon: WHOLE }, { name: 'a', polygon: WHOLE }] }, { mask: [] }]) {
    assert.equal((await fetch(areas(), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status, 400, JSON.stringify(body))
  }
  assert.equal((await fetch(areas('nowhere'))).status, 404)
  assert.equal((await (await fetch(areas(), { method: 'DELETE' })).json() as CameraMotionAreasView).isWatched, false)
})

test.run()
