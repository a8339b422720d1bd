import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'
import { findCards } from '../../../../node/offload/card/cards.ts'
import { c4Of, digestOfC4 } from '../../../../node/offload/mhl/c4.ts'
import { ignoring } from '../../../../node/offload/mhl/ignores.ts'
import { readManifest } from '../../../../node/offload/mhl/read-xml.ts'
import { decodeReceipt, encodeReceipt } from '../../../../node/offload/safe/receipt.ts'
import { emptyRollList, readRollList, writeRollList } from '../../../../node/offload/rolls/roll-list.ts'
import { lookWhetherSafe } from '../../../../node/offload/safe/safe.ts'
import { isSameCard } from '../../../../node/offload/card/same-card.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { createBlobStore } from '../../../../ring/chunks/blob-store.ts'
import { chunkIdOf } from '#protocols/ids.ts'

const test = suite('whether a card is safe to format')

const member = (name: string, zone: string, alive = true): Member => ({ peerId: name as PeerId, name, zone, alive, weight: 1, state: 'active', addresses: [], joinedAtMs: 1, self: name === 'alder', lastHeardMs: 1, silentMs: 0, presence: undefined })

/** Three files of three chunks each in a ring of these members; `read` says who read what back, `held` who has it now. */
async function look(members: Member[], { read = () => true, held = () => true, rule = { nodes: 2, zones: 2 }, obstacles = [] }: { read?: (peer: string, at: number) => boolean; held?: (peer: string, at: number) => boolean; rule?: { nodes: number; zones: number }; obstacles?: string[] } = {}) {
  const stored = new Map<ChunkId, Uint8Array>()
  const chunks = {
    async put(bytes: Uint8Array) { const id = chunkIdOf(bytes); stored.set(id, Uint8Array.from(bytes)); return { id, copies: 1 } },
    async get(id: ChunkId) { return stored.get(id) ?? assert.fail('no such chunk') }
  }
  const blobs = createBlobStore({ chunks }, { chunkBytes: 400 })
  const list = emptyRollList()
  for (const path of ['a', 'b', 'c']) {
    const blob = await blobs.put((async function* () { yield Buffer.alloc(900, path) })())
    list.files.set(path, { path, size: 900, mtimeMs: 1, blob: blob.id, sha256: blob.sha256, hashes: {}, hashedMs: 1, sourceVerified: false, asset: false })
  }
  const manifest = await writeRollList(blobs, list)
  const bits = (peer: string): Uint8Array => { const all = new Uint8Array(8); for (let at = 0; at < 64; at++) if (read(peer, at)) all[at >> 3] = (all[at >> 3] ?? 0) | (1 << (at & 7)); return all }
  const receipt = decodeReceipt(encodeReceipt({ manifest, nodes: new Map(members.map(({ peerId }) => [peerId, { readMs: 1, bits: bits(peerId) }])) }))
  let asked = 0
  const ring = {
    chunks: chunks as never, membership: { members: () => members } as never,
    async holdersOf(ids: readonly ChunkId[]) { const from = asked; asked += ids.length; return members.map(({ peerId, alive }) => ({ peerId, held: alive ? ids.map((_, i) => held(peerId, from + i)) : undefined })) }
  }
  return lookWhetherSafe(ring, manifest, await readRollList(blobs, manifest), receipt, { rule, obstacles, nowMs: 5 })
}

const TWO = [member('alder', 'studio'), member('birch', 'attic')]

test('only when every chunk of every file, and of the list, is read back on enough live nodes in enough zones', async () => {
  assert.deepEqual((await look(TWO)).safe, true)
  for (let at = 0; at < 15; at++) {
    const { safe } = await look(TWO, { read: (peer, i) => peer !== 'birch' || i !== at })
    const { safe: still } = await look(TWO, { held: (peer, i) => peer !== 'birch' || i !== at })
    assert.deepEqual([safe, still], [false, false], `chunk ${at}`)
  }
})

test('it says why not, in a sentence for all files that are short in the same way', async () => {
  const reasonsOf = async (...args: Parameters<typeof look>): Promise<readonly string[]> => (await look(...args)).reasons
  assert.deepEqual(await reasonsOf([TWO[0]!, member('birch', 'attic', false)]), ['3 of 3 files have one verified copy: node birch is silent'])
  assert.deepEqual(await reasonsOf([TWO[0]!, member('birch', 'studio')]), ['3 of 3 files have 2 verified copies in one zone: give the nodes zones (thatdam ring set NODE --zone Z), the rule asks for 2'])
  assert.deepEqual(await reasonsOf(TWO, { read: (peer) => peer === 'alder' }), ['3 of 3 files have one verified copy: birch has not read it back yet'])
  assert.deepEqual(await reasonsOf([TWO[0]!]), ['3 of 3 files have one verified copy: only one node lives, and the rule asks for 2'])
  assert.deepEqual(await reasonsOf(TWO, { obstacles: ['the card is still being copied'] }), ['the card is still being copied'])
  assert.match((await reasonsOf(TWO, { held: (peer) => peer === 'alder' }))[0] ?? '', /birch does not hold all of it any more/)
})

test('a node that holds what others read back counts for nothing, and a third node makes good for a dead one', async () => {
  assert.equal((await look([TWO[0]!, member('birch', 'attic', false), member('cedar', 'cellar')])).safe, true)
  assert.equal((await look([TWO[0]!, member('birch', 'attic', false), member('cedar', 'cellar')], { read: (peer) => peer !== 'cedar' })).safe, false)
  assert.equal((await look([TWO[0]!], { rule: { nodes: 1, zones: 1 } })).safe, true)
})

test('a card that was formatted and filled again is another card; one with more files, or fewer, is the same', () => {
  const file = (path: string, size = 1, mtimeMs = 1_000_000): { path: string; size: number; mtimeMs: number } => ({ path, size, mtimeMs })
  const known = new Map([file('a'), file('b'), file('ascmhl/ascmhl_chain.xml', 5)].map((each) => [each.path, each]))
  assert.equal(isSameCard(known, [file('a'), file('c')]), true)
  assert.equal(isSameCard(known, [file('a', 1, 1_001_900), file('ascmhl/ascmhl_chain.xml', 9)]), true)
  assert.equal(isSameCard(known, [file('a', 2), file('b')]), false)
  assert.equal(isSameCard(known, [file('a', 1, 9_000_000)]), false)
  assert.equal(isSameCard(known, [file('c')]), false)
})

test('a list that is cut off, or of another version, is refused as a whole', async () => {
  const { ring } = createLibraryRing()
  const put = async (text: string): Promise<ChunkId> => (await ring.blobs.put((async function* () { yield Buffer.from(text) })())).id
  const head = '{"thatdam":"roll","version":1}\n'
  for (const text of ['', head.replace('1', '2'), `${head}{"file":{"path":"../x"}}\n`, `${head}{"file":`, `${head}{"other":1}\n`, `${head}{"folder":"/x"}\n`]) {
    await assert.rejects(readRollList(ring.blobs, await put(text)), /not a list of a roll's files/, text)
  }
  assert.deepEqual(await readRollList(ring.blobs, await put(head)), emptyRollList())
})

test('a hostile manifest leads nowhere: no way out of its folder, no document types, no XML that is none', () => {
  const manifest = (path: string): Buffer => Buffer.from(`<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0"><hashes><hash><path size="1">${path}</path><md5>00</md5></hash></hashes></hashlist>`)
  for (const path of ['../../etc/passwd', '/etc/passwd', 'a/../../b', '']) assert.throws(() => readManifest(manifest(path)), /no path within the folder/, path)
  assert.throws(() => readManifest(Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]><hashlist/>')), /document type/)
  assert.throws(() => readManifest(Buffer.from('not xml')), /no XML|no ASC MHL file/)
  assert.equal(readManifest(manifest('a &amp; b')).files[0]?.path, 'a & b')
})

test('C4 ids are those of the standard, there and back', () => {
  assert.equal(c4Of(Buffer.alloc(0)), 'c459dsjfscH38cYeXXYogktxf4Cd9ibshE3BHUo6a58hBXmRQdZrAkZzsWcbWtDg5oQstpDuni4Hirj75GEmTc1sFT')
  assert.equal(Buffer.from(digestOfC4(c4Of(Buffer.from('x')))).byteLength, 64)
  assert.throws(() => digestOfC4('c40'), /no C4 id/)
})

test('patterns leave out what they name and nothing else', () => {
  const ignores = ignoring(['.DS_Store', 'ascmhl/', '*.tmp', '/top/x'])
  assert.deepEqual(['.DS_Store', 'a/.DS_Store', 'a.tmp', 'top/x'].map((path) => ignores(path, false)), [true, true, true, true])
  assert.deepEqual([ignores('ascmhl', true), ignores('ascmhl', false), ignores('a/top/x', false), ignores('tmp', false)], [true, false, false, false])
})

test('cards are found where they are mounted, and say what they are', async () => {
  const place = await mkdtemp(join(tmpdir(), 'thatdam-cards-'))
  try {
    for (const [card, path] of [['SONY', 'PRIVATE/M4ROOT/CLIP'], ['P2', 'CONTENTS/VIDEO'], ['PHOTO ONE', 'DCIM/100CANON'], ['nothing', 'documents']] as const) await mkdir(join(place, card, path), { recursive: true })
    await mkdir(join(place, 'RED'))
    await writeFile(join(place, 'RED/A001_1127XX.RDM'), '')
    const mounts = `/dev/sdz1 ${place}/PHOTO\\040ONE exfat rw 0 0\nproc /proc proc rw 0 0\n`
    const cards = await findCards([place], mounts)
    assert.deepEqual(cards.map(({ name, kind, device }) => [name, kind, device]).sort(), [['P2', 'Panasonic P2', ''], ['PHOTO ONE', 'DCIM', '/dev/sdz1'], ['RED', 'RED', ''], ['SONY', 'Sony XAVC (M4ROOT)', '']])
  } finally {
    await rm(place, { recursive: true })
  }
})

test.run()
