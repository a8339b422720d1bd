import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { NotAuthorizedError } from '#protocols/errors.ts'
import { chunkIdOf, partitionOfChunk } from '#protocols/ids.ts'
import type { Host } from '../../../ring/network/host.ts'
import { chunkProtocol } from '../../../ring/replication/chunk-client.ts'
import { bytesOf, createFakeRing, eventually } from '../../support/fake-ring.ts'
import { introduce, memoryLayout, startHost } from '../network/test-hosts.ts'

const test = suite('replication over libp2p')

test('writes, reads, repairs and finds holders between real hosts, and a camera peer reads nothing', async () => {
  const ringSeed = randomBytes(32)
  const layout = memoryLayout()
  const hosts: Host[] = []
  const join = async (name: string): Promise<Host> => {
    const host = await startHost({ ringSeed, layout })
    for (const other of hosts) {
      await introduce(host, other)
      await introduce(other, host)
    }
    hosts.push(host)
    await layout.putLayout({ peerId: host.self, name, zone: name, weight: 1, state: 'active', addresses: host.addresses(), joinedAtMs: 0 })
    return host
  }
  const ring = await createFakeRing(['alder', 'birch', 'cedar'], { join })
  try {
    const [alder, birch, cedar] = ring.nodes as [typeof ring.nodes[0], typeof ring.nodes[0], typeof ring.nodes[0]]
    const bytes = Buffer.concat([1, 2, 3, 4, 5, 6].map((seed) => bytesOf(seed, 1_048_576)))
    const { id, copies } = await alder.blobs.put((async function* () { yield bytes })())
    assert.ok(copies >= 2)
    await eventually(() => ring.nodes.every(({ local }) => local.usage().chunks === 7), 'every node has all chunks', 30_000)

    for (const chunk of (await alder.blobs.stat(id)).chunks) await cedar.local.delete(chunk)
    const parts: Uint8Array[] = []
    for await (const part of cedar.blobs.read(id)) parts.push(part)
    assert.deepEqual(Buffer.concat(parts), bytes)

    for (const chunk of (await alder.blobs.stat(id)).chunks) await birch.local.delete(chunk)
    await birch.repair.run()
    assert.equal(birch.local.usage().chunks, 7)
    await eventually(async () => (await cedar.network.findHolders(partitionOfChunk(id))).includes(birch.id), 'the DHT knows birch as a holder', 30_000)

    const camera = await startHost({ ringSeed, role: 'peer' })
    try {
      await introduce(camera, hosts[0] as Host)
      await assert.rejects(camera.request(alder.id, chunkProtocol, { get: { id: chunkIdOfBytes(1) } }), NotAuthorizedError)
    } finally {
      await camera.stop()
    }
  } finally {
    await ring.stop()
  }
})

test.run()

function chunkIdOfBytes(seed: number): Uint8Array {
  return Buffer.from(chunkIdOf(bytesOf(seed))).subarray(0, 32)
}
