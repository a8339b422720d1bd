import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { Track } from '#protocols/media.ts'
import { silentLog } from '#ring/base/log.ts'
import { nodeDialer } from '../../peer/node-dialer.ts'
import type { NodeChoice } from '../../peer/node-choice.ts'
import type { PacketSpoolInit } from '../../peer/packet-spool.ts'
import { publisher, type Publisher } from '../../peer/publisher.ts'
import { fakeNetwork, FakeNode, group, numberOf, until } from './fake-ring.ts'

const TRACKS: Track[] = [{ index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: 'packetization-mode=1', width: 640, height: 360 }]
const CAMERA = { cameraId: 'porch' as CameraId, cameraName: 'Porch', source: 'test' }
const GOP = 10

interface Scene { alder: FakeNode; birch: FakeNode; cedar: FakeNode; publisher: Publisher; film: { stop(): void; at(): number }; network: ReturnType<typeof fakeNetwork> }

/** Three nodes, a publisher that knows them in this order, and a camera that makes a picture every 5 ms. */
function scene(test_: (scene: Scene) => Promise<void>, init: { spool?: PacketSpoolInit; stallMs?: number; choice?: NodeChoice; rechooseMs?: number } = {}) {
  return async () => {
    const [alder, birch, cedar] = ['alder', 'birch', 'cedar'].map((name) => new FakeNode(name)) as [FakeNode, FakeNode, FakeNode]
    const network = fakeNetwork([alder, birch, cedar])
    const dialer = nodeDialer({ network, nodes: () => [alder.id, birch.id, cedar.id], choice: init.choice, log: silentLog }, { timeoutMs: 200 })
    const made = publisher({ dialer, log: silentLog }, { camera: CAMERA, spool: init.spool, retryMs: 20, stallMs: init.stallMs ?? 1_000, rechooseMs: init.rechooseMs })
    let number = 0
    const timer = setInterval(() => made.push(group(number, number++ % GOP === 0)), 5)
    await made.start()
    try {
      await test_({ alder, birch, cedar, publisher: made, network, film: { stop: () => clearInterval(timer), at: () => number } })
    } finally {
      clearInterval(timer)
      await made.stop()
    }
  }
}

const followed = (numbers: number[]): boolean => numbers.every((number, i) => i === 0 || number === (numbers[i - 1] as number) + 1)

test('packets go to the first node, whole and in order, from a keyframe on', scene(async ({ alder, birch, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 30)
  const numbers = alder.packets().map(numberOf)
  assert.equal((numbers[0] as number) % GOP, 0)
  assert.ok(followed(numbers))
  assert.deepEqual(alder.publishes.map(({ insist, source }) => ({ insist, source })), [{ insist: false, source: 'test' }])
  assert.equal(birch.publishes.length, 0)
  assert.deepEqual(publisher.state(), { state: 'live', node: 'alder' })
}))

test('a report the source gave comes before the packets', scene(async ({ alder, publisher }) => {
  publisher.setTracks(TRACKS)
  publisher.report({ track: 0, wallMs: 1_795_370_772_856.25, rtp: 4_000_000_000 })
  await until(() => alder.packets().length > 3)
  assert.deepEqual(alder.got[0], { body: 'report', report: { track: 0, wallMs: 1_795_370_772_856.25, rtp: 4_000_000_000 } })
}))

test('a redirect is followed, and its address learned', scene(async ({ alder, cedar, publisher, network }) => {
  alder.answer = () => ({ redirect: { peerId: cedar.id, addresses: ['/ip4/10.0.0.3/tcp/4001'] } })
  publisher.setTracks(TRACKS)
  await until(() => cedar.packets().length > 3)
  assert.deepEqual(network.learned.get(cedar.id), ['/ip4/10.0.0.3/tcp/4001'])
  assert.equal(alder.packets().length, 0)
}))

test('when a redirect leads to a node that is gone, the one at hand is made to take the camera', scene(async ({ alder, cedar, publisher }) => {
  cedar.up = false
  alder.answer = ({ insist }) => (insist ? { accept: { tracks: [], nodes: [] } } : { redirect: { peerId: cedar.id, addresses: [] } })
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  assert.deepEqual(alder.publishes.map((publish) => publish.insist), [false, true])
}))

test('nodes that redirect to each other do not keep a camera running in a circle', scene(async ({ alder, birch, publisher }) => {
  const around = (to: FakeNode) => ({ insist }: { insist: boolean }) => (insist ? { accept: { tracks: [], nodes: [] } } : { redirect: { peerId: to.id, addresses: [] } })
  alder.answer = around(birch)
  birch.answer = around(alder)
  publisher.setTracks(TRACKS)
  await until(() => publisher.state().state === 'live')
  assert.ok(alder.publishes.length + birch.publishes.length < 8)
}))

test('a refusal is shown with its reason, and asked again later', scene(async ({ alder, birch, cedar, publisher }) => {
  let open = false
  for (const node of [alder, birch, cedar]) node.answer = () => (open ? { accept: { tracks: [], nodes: [] } } : { refuse: { code: 'ERR_CAMERA_BUSY', reason: 'another peer publishes porch' } })
  publisher.setTracks(TRACKS)
  await until(() => publisher.state().state === 'failed')
  assert.match(JSON.stringify(publisher.state()), /another peer publishes porch/)
  open = true
  await until(() => publisher.state().state === 'live')
}))

test('a node that is killed is replaced within a second, and the next one begins at a keyframe that misses nothing after it', scene(async ({ alder, birch, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 25)
  const last = numberOf(alder.packets().at(-1) as never)
  const killedAt = Date.now()
  alder.kill()
  await until(() => birch.packets().length > 20)
  assert.ok(Date.now() - killedAt < 1_000, `it took ${Date.now() - killedAt} ms`)
  const numbers = birch.packets().map(numberOf)
  assert.equal((numbers[0] as number) % GOP, 0)
  assert.ok((numbers[0] as number) <= last + 1, 'pictures are missing between the two nodes')
  assert.ok(followed(numbers))
}))

test('a node that accepts the dial and then says nothing is passed over', scene(async ({ alder, birch, publisher }) => {
  alder.silent = true
  publisher.setTracks(TRACKS)
  await until(() => birch.packets().length > 3)
  assert.equal(alder.publishes.length, 1)
}))

test('a node that takes no bytes any more is left', scene(async ({ alder, birch, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  alder.slow = true
  await until(() => birch.packets().length > 3)
}, { stallMs: 150 }))

test('a slow link loses whole groups of pictures, counted, and never part of one', scene(async ({ alder, publisher, film }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  alder.slow = true
  const from = film.at()
  await until(() => film.at() > from + 100)
  alder.slow = false
  await until(() => alder.packets().some((packet) => numberOf(packet) > from + 110))
  const numbers = alder.packets().map(numberOf)
  const jumps = numbers.flatMap((number, i) => (i > 0 && number !== (numbers[i - 1] as number) + 1 ? [number] : []))
  assert.ok(jumps.length > 0, 'nothing was dropped')
  assert.ok(jumps.every((number) => number % GOP === 0), `a group was cut: ${jumps}`)
  const missing = (numbers.at(-1) as number) - (numbers[0] as number) + 1 - numbers.length
  assert.ok(publisher.droppedPictures() >= missing)
}, { spool: { maxMs: 150 } }))

test('packets of a cut link are kept for the next node until there are too many', scene(async ({ alder, birch, cedar, publisher, film }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 15)
  for (const node of [alder, birch, cedar]) node.kill()
  const cutAt = film.at()
  await until(() => film.at() > cutAt + 60)
  cedar.up = true
  await until(() => cedar.packets().length > 70)
  const numbers = cedar.packets().map(numberOf)
  assert.ok((numbers[0] as number) <= cutAt)
  assert.ok(followed(numbers))
  assert.equal(publisher.droppedPictures(), 0)
}))

test('a node may send the camera elsewhere while it runs', scene(async ({ alder, cedar, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  await alder.stream?.send({ redirect: { peerId: cedar.id, addresses: [] } })
  await until(() => cedar.packets().length > 3)
}))

test('a keyframe a node asks for is passed on', scene(async ({ alder, publisher }) => {
  let asked = 0
  publisher.keyframeWanted.on(() => { asked++ })
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  const before = asked
  await alder.stream?.send({ keyframe: {} })
  await until(() => asked > before)
}))

test('when the source ends, the node is told why; when it is back it is published anew', scene(async ({ alder, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  publisher.pause('/dev/video0 is not there')
  await until(() => alder.got.some((message) => 'end' in message))
  assert.deepEqual(alder.got.at(-1), { body: 'end', end: { reason: '/dev/video0 is not there' } })
  assert.deepEqual(publisher.state(), { state: 'waiting', node: null, reason: '/dev/video0 is not there' })
  publisher.setTracks(TRACKS)
  await until(() => alder.publishes.length === 2)
}))

const UNPLUGGED = { body: 'end', end: { reason: 'unplugged' } }

test('what was captured while no node took it goes to one after its source ended, and then why that was', scene(async ({ alder, birch, cedar, publisher, film }) => {
  for (const node of [alder, birch, cedar]) node.up = false
  publisher.setTracks(TRACKS)
  const from = film.at()
  await until(() => film.at() > from + 50)
  publisher.pause('unplugged')
  const ended = film.at()
  alder.acks = alder.up = true
  await until(() => alder.got.some((message) => 'end' in message))
  assert.deepEqual(alder.got.at(-1), UNPLUGGED)
  const numbers = alder.packets().map(numberOf)
  assert.ok(numbers.length >= 50 - GOP && followed(numbers))
  assert.equal(numbers.at(-1), ended - 1, 'and nothing of after its end')
  assert.deepEqual(publisher.state(), { state: 'waiting', node: null, reason: 'unplugged' })
}))

test('a link that breaks when the source has ended is sent again what was not received, by the next node', scene(async ({ alder, birch, publisher, film }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 25)
  publisher.pause('unplugged')
  const ended = film.at()
  birch.acks = true
  alder.kill()
  await until(() => birch.got.some((message) => 'end' in message))
  assert.deepEqual(birch.got.at(-1), UNPLUGGED)
  const numbers = birch.packets().map(numberOf)
  assert.equal(numbers.at(-1), ended - 1)
  assert.ok(followed(numbers))
}))

test('of a source that started anew while no node took it, first all of before is published, then all of after', scene(async ({ alder, birch, cedar, publisher, film }) => {
  for (const node of [alder, birch, cedar]) node.up = false
  publisher.setTracks(TRACKS)
  const from = film.at()
  await until(() => film.at() > from + 30)
  publisher.setTracks(TRACKS)
  const again = film.at()
  await until(() => film.at() > again + 30)
  alder.acks = alder.up = true
  await until(() => alder.packets().length > 80)
  assert.equal(alder.publishes.length, 2)
  const end = alder.got.findIndex((message) => 'end' in message)
  assert.deepEqual(alder.got[end], { body: 'end', end: { reason: 'the source started anew' } })
  const [before, after] = [alder.got.slice(0, end), alder.got.slice(end)].map((part) => part.flatMap((message) => ('packets' in message ? message.packets.packets.map(numberOf) : []))) as [number[], number[]]
  assert.equal(before.at(-1), again - 1)
  assert.ok(after[0]! >= again && after[0]! < again + GOP && after[0]! % GOP === 0, 'from its first keyframe on')
  assert.ok(followed(before) && followed(after))
  assert.deepEqual(publisher.state(), { state: 'live', node: 'alder' })
}))

for (const [what, spool] of [['fills the memory', { maxBytes: 5_000 }], ['is too old', { maxMs: 200 }]] as const) {
  test(`of a source that started anew while no node took it, what was before is given up when it ${what}`, scene(async ({ alder, birch, cedar, publisher, film }) => {
    for (const node of [alder, birch, cedar]) node.up = false
    publisher.setTracks(TRACKS)
    const from = film.at()
    await until(() => film.at() > from + 20)
    publisher.setTracks(TRACKS)
    const again = film.at()
    await until(() => film.at() > again + 45)
    alder.acks = alder.up = true
    await until(() => alder.packets().length > 20)
    assert.equal(alder.publishes.length, 1)
    assert.ok(numberOf(alder.packets()[0]!) >= again)
  }, { spool }))
}

test('a camera that is ordered to a node goes there, insists, misses nothing and stays', scene(async ({ alder, cedar, publisher }) => {
  cedar.answer = ({ insist }) => (insist ? { accept: { tracks: [], nodes: [] } } : { redirect: { peerId: alder.id, addresses: [] } })
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 15)
  await publisher.move(cedar.id)
  assert.deepEqual(publisher.state(), { state: 'live', node: 'cedar' })
  const left = alder.got.find((message) => 'end' in message)
  assert.match(JSON.stringify(left), /goes to another node by order: cedar/)
  await until(() => cedar.packets().length > 40)
  const before = numberOf(alder.packets().at(-1) as never)
  const numbers = cedar.packets().map(numberOf)
  assert.ok(numbers[0]! <= before + 1 && followed(numbers), 'nothing is missing between the two')
  assert.equal(publisher.state().node, 'cedar', 'though it would rather send it elsewhere')
}, { rechooseMs: 20, choice: { order: async (peers) => [...peers], better: async (current) => (current === 'cedar' ? 'birch' as never : undefined) } }))

test('a node that does not take the camera is told to whoever ordered it there, and the camera goes on elsewhere', scene(async ({ alder, cedar, publisher }) => {
  cedar.answer = () => ({ refuse: { code: 'ERR_CAMERA_BUSY', reason: 'another peer publishes porch' } })
  await assert.rejects(publisher.move(cedar.id), { code: 'ERR_REFUSED', message: /on no node now/ })
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  await assert.rejects(publisher.move(cedar.id), { code: 'ERR_REFUSED', message: /cedar does not take the camera: it is on alder/ })
  const had = alder.packets().length
  await until(() => alder.packets().length > had + 3)
}))

test('another node that is better again and again is gone to, once; one that was better a single time is not', scene(async ({ alder, birch, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => birch.packets().length > 3)
  assert.equal(alder.publishes.length, 1)
  assert.ok(asked.birch >= 2, 'not at the first sight of it')
  const looks = asked.all
  await until(() => asked.all > looks + 4)
  assert.equal(birch.publishes.length, 1)
}, {
  rechooseMs: 20,
  choice: {
    order: async (peers) => [...peers],
    async better(current) {
      asked.all++
      if (current !== 'alder' || asked.all % 3 === 1) return undefined // once yes, once no, then twice yes
      asked.birch++
      return (asked.all > 5 ? 'birch' : asked.all % 2 === 0 ? 'birch' : 'cedar') as never
    }
  }
}))
const asked = { all: 0, birch: 0 }

test('a link that broke is sent again what may have been lost in it; one that was left well is not', scene(async ({ alder, birch, cedar, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 60)
  alder.kill()
  await until(() => birch.packets().length > 30)
  assert.equal(numberOf(birch.packets()[0]!), numberOf(alder.packets()[0]!), 'all of the last six seconds')
  await publisher.move(cedar.id)
  await until(() => cedar.packets().length > 3)
  assert.ok(numberOf(birch.packets().at(-1)!) - numberOf(cedar.packets()[0]!) <= GOP)
}))

test('what a node received and did not store is sent again to the next one, however long ago it came; what it stored is not', scene(async ({ alder, birch, cedar, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 3)
  await alder.stream?.send({ received: { messages: 3, stored: 0 } })
  await until(() => alder.packets().length > 100)
  const first = numberOf(alder.packets()[0]!)
  await alder.stream?.send({ received: { messages: 95, stored: 35 } })
  await until(() => alder.packets().length > 200)
  alder.kill()
  await until(() => birch.packets().length > 100)
  assert.equal(numberOf(birch.packets()[0]!), first + 30, 'from the keyframe before what was not stored')
  assert.ok(followed(birch.packets().map(numberOf)))
  await birch.stream?.send({ received: { messages: 90 } })
  await until(() => birch.packets().length > 200)
  birch.kill()
  await until(() => cedar.packets().length > 30)
  assert.ok(numberOf(cedar.packets()[0]!) >= numberOf(birch.packets()[80]!), 'of one that tells only what it received, that is enough after a while')
}, { spool: { holdMs: 0, resendMs: 100 } }))

test('a node that sends the camera away may not have stored what it received: that is sent to the next one', scene(async ({ alder, cedar, publisher }) => {
  publisher.setTracks(TRACKS)
  await until(() => alder.packets().length > 100)
  await alder.stream?.send({ received: { messages: 95, stored: 35 } })
  await until(() => alder.packets().length > 120)
  await alder.stream?.send({ redirect: { peerId: cedar.id, addresses: [] } })
  await until(() => cedar.packets().length > 30)
  assert.equal(numberOf(cedar.packets()[0]!), numberOf(alder.packets()[30]!))
}, { spool: { holdMs: 0 } }))

test.run()
