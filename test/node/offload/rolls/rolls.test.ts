import assert from 'node:assert/strict'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createJobJournal } from '../../../../node/jobs/job-journal.ts'
import { historyOf, mhlFile } from '../../../../node/offload/rolls/roll-history.ts'
import { type Card, createCard, misread } from '../../../support/card.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { createRollRig, type RollRig } from '../../../support/roll-rig.ts'
import { until } from '../../../support/until.ts'

const test = suite<{ card: Card; rig: RollRig }>('the rolls of a node')
test.before.each(async (context) => {
  context.card = await createCard()
  context.rig = await createRollRig({ slots: [context.card.root] })
})
test.after.each(async ({ card, rig }) => {
  await rig.stop()
  await card.remove()
})

const CLIP = 'PRIVATE/M4ROOT/CLIP/C0001.MP4'
const twice = (card: Card) => ({ card: card.root, verify: 'source+copy' as const })

/** Once its first reading is in the ring, the card reads otherwise. */
function misreadOnce(rig: RollRig, card: Card, path: string): void {
  rig.onImported = async (imported) => {
    if (imported !== join(card.root, path)) return
    rig.onImported = async () => {}
    await misread(card, path)
  }
}

test('a file whose two readings differ is not safe, in no generation, and read anew until two readings agree', async ({ card, rig }) => {
  misreadOnce(rig, card, CLIP)
  const { state, error } = await rig.offload(twice(card))
  assert.equal(state, 'failed')
  assert.match(error ?? '', /C0001\.MP4: the second reading of the card was not what the first was/)
  assert.equal((await rig.safe()).safe, false)
  const [{ id } = { id: '' }] = rig.rolls.list()
  const attested = async (): Promise<boolean> => {
    const list = await rig.rolls.files(rig.rolls.find(id))
    return (await Promise.all(historyOf(list).map(({ path }) => mhlFile(rig.blobs, list, path)))).some((xml) => xml.includes('C0001.MP4<'))
  }
  assert.equal(await attested(), false)

  misreadOnce(rig, card, CLIP)
  assert.equal((await rig.offload(twice(card))).state, 'failed', 'it differs again')
  assert.equal((await rig.safe()).safe, false)

  assert.equal((await rig.offload({ card: card.root })).state, 'done', 'it is read twice, though nobody asked for that again')
  const file = (await rig.rolls.files(rig.rolls.find(id))).files.get(CLIP)
  assert.deepEqual([file?.sourceVerified, file?.doubted, (await rig.safe()).reasons], [true, undefined, []])
  assert.equal(await attested(), true)
})

test('a doubted file that is not on the card any more keeps it from being safe', async ({ card, rig }) => {
  misreadOnce(rig, card, CLIP)
  await rig.offload(twice(card))
  await card.drop(CLIP)
  assert.equal((await rig.offload(twice(card))).state, 'done')
  assert.deepEqual((await rig.safe()).reasons, ['1 file did not read the same each time: put the card back and offload it again'])
})

test('an offload that is cut off while it copies reads all of the card twice in the end, and is not safe before', async ({ card, rig }) => {
  let imported = 0
  rig.onImported = async () => { if (++imported === 4) for (const { id } of rig.jobs.list()) rig.jobs.cancel(id) }
  assert.equal((await rig.offload(twice(card))).state, 'cancelled')
  assert.equal((await rig.safe()).safe, false)
  assert.equal((await rig.offload({ card: card.root })).state, 'done')
  const [roll] = rig.rolls.list()
  assert.deepEqual([roll?.verify, (roll?.sourceReads.direct ?? 0) + (roll?.sourceReads.cached ?? 0), (await rig.safe()).reasons], ['source+copy', card.files.size, []])
})

test('a roll that is to be read twice and was not to its end says of how many files that is so', async ({ card, rig }) => {
  await rig.offload({ card: card.root })
  assert.equal((await rig.safe()).safe, true)
  const [roll] = rig.rolls.list()
  await rig.library.ring.catalog.records.put('rolls', roll?.id ?? '', { verify: 'source+copy' })
  assert.deepEqual((await rig.safe()).reasons, [`${card.files.size} of ${card.files.size} files were read from the card only once, and twice was asked for: put it back and offload it again`])
  assert.equal((await rig.offload(twice(card))).state, 'done')
  assert.equal((await rig.safe()).safe, true)
})

test('an offload that a dead node left is made again when its job is tried again, and is safe then', async ({ card }) => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-jobs-'))
  const [library, stored] = [createLibraryRing(), new Map()]
  const journal = createJobJournal({ folder, log: silentLog })
  const dead = await createRollRig({ library, stored, journal })
  try {
    const stuck = Promise.withResolvers<void>()
    let imported = 0
    dead.onImported = async () => { if (++imported === 4) { stuck.resolve(); await new Promise(() => {}) } }
    const { id } = await dead.rolls.offload(twice(card))
    await stuck.promise
    await journal.close()
    const anew = await createRollRig({ library, stored, journal: createJobJournal({ folder, log: silentLog }) })
    try {
      assert.deepEqual([anew.jobs.find(id).state, anew.rolls.list()[0]?.state], ['interrupted', 'incomplete'])
      anew.jobs.retry(id)
      assert.equal((await anew.jobs.ended(id)).error, null)
      assert.deepEqual([anew.rolls.list().map(({ state }) => state), (await anew.safe()).safe], [['done'], true])
    } finally {
      await anew.stop()
    }
  } finally {
    await dead.rolls.stop()
    await rm(folder, { recursive: true })
  }
})

test('a job that is tried again while another works on its roll is refused', async ({ card, rig }) => {
  const going = Promise.withResolvers<void>()
  rig.onImported = async () => { for (const { id } of rig.jobs.list()) rig.jobs.cancel(id) }
  const { id } = await rig.offload(twice(card))
  rig.onImported = () => going.promise
  const { id: other } = await rig.rolls.offload(twice(card))
  rig.jobs.retry(id)
  assert.match((await rig.jobs.ended(id)).error ?? '', /is being worked on already/)
  going.resolve()
  assert.equal((await rig.jobs.ended(other)).state, 'done')
})

test('a card that was filmed on after its offload is not safe, in its slot nor by its roll, until it is offloaded again; pulled out it stays so', async ({ card, rig }) => {
  assert.deepEqual((await rig.rolls.cards()).map(({ path, roll }) => [path, roll]), [[card.root, null]])
  await rig.offload(twice(card))
  const inSlot = async (): Promise<unknown[]> => (await rig.rolls.cards()).map(({ roll }) => [roll?.name, roll?.safe, roll?.reasons])
  assert.deepEqual(await inSlot(), [['A001', true, []]])
  await card.write('PRIVATE/M4ROOT/CLIP/C0002.MP4', Buffer.from('the second clip'))
  await card.write('PRIVATE/M4ROOT/MEDIAPRO.XML', Buffer.from('an index that grew'))
  const reasons = ['2 files on the card were not offloaded: offload it again']
  await until(async () => (await rig.safe()).reasons.length > 0, 'it is looked at again', 15_000)
  assert.deepEqual([await inSlot(), (await rig.safe()).reasons], [[['A001', false, reasons]], reasons])
  await rename(card.root, `${card.root}-pulled`)
  await until(async () => (await inSlot()).every((each) => Array.isArray(each) && each[0] === undefined), 'the slot is empty', 15_000)
  assert.deepEqual((await rig.safe()).reasons, reasons)
  await rename(`${card.root}-pulled`, card.root)
  assert.equal((await rig.offload(twice(card))).error, null)
  assert.equal((await rig.safe()).safe, true)
  assert.deepEqual(await inSlot(), [['A001', true, []]])
})

test('a card that was formatted and filled again says nothing about the roll of before', async ({ card, rig }) => {
  await rig.offload(twice(card))
  for (const path of card.files.keys()) await card.drop(path)
  await card.write('PRIVATE/M4ROOT/CLIP/C0001.MP4', Buffer.from('another day'))
  await rig.stop()
  const { library, stored } = rig
  const anew = await createRollRig({ library, stored, slots: [card.root] })
  assert.deepEqual([(await anew.safe()).safe, (await anew.rolls.cards()).map(({ roll }) => roll)], [true, [null]])
  await anew.stop()
})

test('a film with its edits, XMP and other companions is offloaded: the film is a clip, all of them are files of the roll', async ({ card, rig }) => {
  const film = Buffer.concat([Buffer.from('video'), Buffer.alloc(5_000, 'f')])
  await card.write('DCIM/100APPLE/IMG_0001.MOV', film)
  await card.write('DCIM/100APPLE/IMG_0001.AAE', Buffer.from('<plist/>'))
  await card.write('DCIM/100APPLE/IMG_0002.AAE', Buffer.from('<plist>of nothing</plist>'))
  for (const name of ['IMG_0001.xmp', 'C0009.xmp']) await card.write(`DCIM/100APPLE/${name}`, Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'))
  for (const ending of ['SRT', 'CPI', 'THM', 'XML']) await card.write(`DCIM/100APPLE/IMG_0001.${ending}`, Buffer.from(`of ${ending}`))
  const { state, error } = await rig.offload(twice(card))
  assert.deepEqual([state, error], ['done', null])
  const [roll] = rig.rolls.list()
  const { files } = await rig.rolls.files(rig.rolls.find(roll?.id ?? ''))
  assert.deepEqual([...files.keys()].sort(), [...card.files.keys()].sort())
  assert.deepEqual([[...files.values()].filter(({ blob }) => blob === null), [...files.values()].filter(({ asset }) => asset).map(({ path }) => path), roll?.clips], [[], ['DCIM/100APPLE/IMG_0001.MOV'], 1])
  const [film1, ...others] = [...rig.library.assets.values()]
  assert.deepEqual([film1?.albums, Object.keys(film1?.sidecars ?? {}).sort(), others], [[roll?.album], ['AAE', 'CPI', 'SRT', 'THM', 'XML', 'xmp'].map((ending) => `IMG_0001.${ending}`), []])
  assert.equal((await rig.safe()).safe, true)
})

test.run()
