// needs: ffmpeg
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { suite } from 'uvu'
import type { CameraView, DeviceList, RecordingList } from '#protocols/http.ts'
import { freePort } from '../support/free-port.ts'
import { type NodeProcess, run, TestRing, type Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** What real processes of a busy machine may take, in ms. */
const SLOW_MS = 90_000

const test = suite('cameras are seen and steered from any node')

let ring: TestRing
let nodes: NodeProcess[]
let peer: Thatdam
let obs: ChildProcess | undefined
let port = 0

test.before(async () => {
  ring = await TestRing.create()
  nodes = [await ring.begin('alder'), await ring.begin('birch')]
  await ring.together(2)
  port = await freePort()
  peer = await ring.peer([
    { name: 'Pattern', source: 'test?size=640x360&fps=15' },
    { name: 'Studio', source: `rtmp://127.0.0.1:${port}/live/hunter2-key?listen=1` },
    { name: 'Stairs', source: 'v4l2:/dev/video77' }
  ], nodes[0] as NodeProcess)
})

test.after(async () => {
  obs?.kill('SIGKILL')
  await ring.end()
})

const everywhere = async (id: string, holds: (camera: CameraView) => boolean, what: string): Promise<void> => {
  for (const node of nodes) await until(async () => {
    const camera = await ring.camera(id, node)
    return camera !== undefined && holds(camera)
  }, `${what}, on ${node.name}`, SLOW_MS)
}

const ask = (node: NodeProcess | undefined, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${node?.url}/api/v1/${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }), signal: AbortSignal.timeout(SLOW_MS) })

test('a camera that is not live says why on every node', async () => {
  await everywhere('stairs', ({ live, reason }) => !live && /video77 is not there: waiting for the camera to be plugged in/.test(reason ?? ''), 'the missing camera says so')
  await everywhere('studio', ({ live, reason }) => !live && /nobody sends to rtmp:\/\/127\.0\.0\.1:\d+\/live\/…/.test(reason ?? ''), 'the place that is sent to says so')
})

test('what every machine could capture from is listed on any node, also under the first name of the route', async () => {
  for (const node of nodes) for (const path of ['api/v1/devices', 'api/devices']) {
    const list = await until(async () => {
      const answer = await ring.get<DeviceList>(`${node.url}/${path}`)
      return answer.machines.length === 3 ? answer : undefined
    }, 'both nodes and the peer are listed', SLOW_MS)
    assert.deepEqual(list.machines.map(({ role }) => role).sort(), ['node', 'node', 'peer'])
    assert.deepEqual(list.silent, [])
  }
})

test('what OBS would send is shown and recorded with its sound, and its key is nowhere', async () => {
  obs = spawn('/usr/bin/ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=440', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25', '-c:a', 'aac', '-f', 'flv', `rtmp://127.0.0.1:${port}/live/hunter2-key`], { stdio: 'ignore' })
  await everywhere('studio', ({ live, audio, width, lastDurableMs }) => live && audio && width === 320 && lastDurableMs > 0, 'it is live and safe on disk')
  for (const node of nodes) {
    assert.ok((await ring.get<RecordingList>(`${node.url}/api/v1/cameras/studio/recordings`)).spans.length > 0)
    assert.doesNotMatch(JSON.stringify(await ring.get(`${node.url}/api/v1/cameras`)), /hunter2/)
    assert.doesNotMatch(node.process.stderr, /hunter2/)
  }
  assert.doesNotMatch(peer.stderr + JSON.stringify(peer.events), /hunter2/)
})

test('a camera is stopped and started from a node it is not published to', async () => {
  await everywhere('pattern', ({ live }) => live, 'it is live')
  const other = nodes.find(({ peerId }) => peerId !== undefined && peerId !== peer.events.find(({ id }) => id === 'pattern')?.['node'])
  assert.equal((await ask(other, 'POST', 'cameras/pattern/stop')).status, 200)
  await everywhere('pattern', ({ live, enabled, reason }) => !live && !enabled && /stopped by order/.test(reason ?? ''), 'it is off, and says so')
  assert.equal((await ask(other, 'POST', 'cameras/pattern/start')).status, 200)
  await everywhere('pattern', ({ live, enabled, reason }) => live && enabled && reason === null, 'it is live again')
})

test('size, rate and bitrate of what a peer encodes are changed from every node', async () => {
  for (const [i, node] of nodes.entries()) {
    const width = [320, 480][i] as number
    const answer = await ask(node, 'PATCH', 'cameras/pattern/capture', { video: { width, height: (width * 9) / 16, fps: 10, bitrate: 300_000 } })
    assert.equal(answer.status, 200, await answer.clone().text())
    await everywhere('pattern', (camera) => camera.live && camera.width === width && camera.height === (width * 9) / 16, `it is ${width} wide`)
  }
})

test('a camera goes to the node it is ordered to, from any node, is recorded on without a gap, and stays', async () => {
  const idle = async (name: string): Promise<boolean> => (await ring.camera('pattern', nodes[0] as NodeProcess))?.node?.name === name
  await everywhere('pattern', ({ live, recording }) => live && recording, 'it is live and recorded')
  for (const [i, to] of ['alder', 'birch', 'alder'].entries()) {
    const answer = await ask(nodes[i % 2], 'POST', 'cameras/pattern/move', { node: to })
    assert.equal(answer.status, 200, await answer.clone().text())
    await everywhere('pattern', ({ node }) => node?.name === to, `it is on ${to}`)
    await until(() => idle(to), 'and stays', SLOW_MS)
  }
  assert.match(await (await ask(nodes[0], 'POST', 'cameras/pattern/move', { node: 'oak' })).text(), /there is no node oak/)
  assert.equal((await ask(nodes[0], 'POST', 'cameras/nobody/move', { node: 'alder' })).status, 404)
})

test('what cannot be done is refused with the reason, and changes nothing', async () => {
  const untouched = await ask(nodes[1], 'PATCH', 'cameras/studio/capture', { video: { width: 640 } })
  assert.equal(untouched.ok, false)
  assert.match(await untouched.text(), /sends H\.264 itself, which is passed on untouched/)
  assert.equal((await ring.camera('studio', nodes[0] as NodeProcess))?.width, 320)
  assert.match(await (await ask(nodes[0], 'POST', 'cameras/stairs/stop')).text(), /"enabled":false/)
  assert.equal((await ask(nodes[0], 'POST', 'cameras/nobody/stop')).status, 404)
  assert.equal((await ask(nodes[0], 'PATCH', 'cameras/pattern/capture', { video: { width: 7 } })).status, 400)
})

test('a name given on one node is its name on all', async () => {
  assert.equal((await ask(nodes[1], 'PATCH', 'cameras/pattern/capture', { name: 'Hall' })).status, 200)
  await everywhere('pattern', ({ name }) => name === 'Hall', 'it is called so')
})

test('a second process with the words of a peer that runs ends and says why, and the first goes on', async () => {
  const { code, stderr } = await run(...peer.child.spawnargs.slice(2))
  assert.equal(code, 1)
  assert.match(stderr, /this very peer runs on this machine already: end that process first/)
  await everywhere('pattern', ({ live }) => live, 'the first is live')
})

test('a camera that was stopped stays so when its machine starts anew', async () => {
  assert.equal((await ask(nodes[0], 'POST', 'cameras/pattern/stop')).status, 200)
  await everywhere('pattern', ({ live, enabled }) => !live && !enabled, 'it is off')
  await peer.stop()
  peer = await ring.peer([{ name: 'Pattern', source: 'test?size=640x360&fps=15' }], nodes[1] as NodeProcess)
  await everywhere('pattern', ({ live, enabled, reason }) => !live && !enabled && /stopped by order/.test(reason ?? ''), 'it is off again')
  assert.equal((await ask(nodes[1], 'POST', 'cameras/pattern/start')).status, 200)
  await everywhere('pattern', ({ live }) => live, 'it is live again')
})

test('what is encoded is as it was ordered when its machine was killed and starts anew, whatever its source says, and as that says when the order is forgotten', async () => {
  const words = peer.child.spawnargs.slice(2)
  assert.equal((await ask(nodes[0], 'PATCH', 'cameras/pattern/capture', { video: { width: 480, height: 270, fps: 10 } })).status, 200)
  await peer.kill()
  await everywhere('pattern', ({ live }) => !live, 'it is gone')
  peer = await ring.again(words)
  await everywhere('pattern', ({ live, width, height }) => live && width === 480 && height === 270, 'it is 480 wide again')
  assert.equal((await run('cameras', 'set', 'pattern', '--size', 'auto', '--node', nodes[1]?.url ?? '')).code, 0)
  await everywhere('pattern', ({ live, width }) => live && width === 640, 'it is as its source says')
  await peer.kill()
  peer = await ring.again(words)
  await everywhere('pattern', ({ live, width }) => live && width === 640, 'and stays so')
})

test('a camera whose machine is off cannot be ordered, and says that it is not connected', async () => {
  await peer.stop()
  await everywhere('pattern', ({ live, reason }) => !live && reason === 'its machine is not connected', 'it says so')
  const answer = await ask(nodes[0], 'POST', 'cameras/pattern/start')
  assert.equal(answer.ok, false)
  assert.match(await answer.text(), /not connected: see that it runs/)
})

test.run()
