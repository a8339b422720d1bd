// needs: xmllint
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { createDigester, type Digester } from '../../../node/offload/copy/digester.ts'
import { HASH_FORMATS } from '../../../node/offload/mhl/hash-formats.ts'
import { createMhl, verifyMhl } from '../../../node/offload/mhl/mhl-folder.ts'
import { historyOf, mhlFile } from '../../../node/offload/rolls/roll-history.ts'
import { type Card, createCard } from '../../support/card.ts'
import { createRollRig } from '../../support/roll-rig.ts'

/** The ASC's own tool (github.com/ascmitc/mhl), where it is installed. */
const ORACLE = 'ascmhl'
const hasOracle = spawnSync(ORACLE, ['--version']).status === 0

const test = suite<{ card: Card; digester: Digester }>('ASC MHL by the public schema and by the reference tool')
test.before.each(async (context) => {
  context.card = await createCard()
  context.digester = createDigester()
})
test.after.each(async ({ card, digester }) => {
  await digester.stop()
  await card.remove()
})

const SCHEMA = join(import.meta.dirname, 'schema/combined.xsd')
const about = { createdMs: Date.parse('2026-11-27T03:15:00Z'), hostname: 'cart & <1>', tool: { name: 'ThatDAM', version: '0.1.0' }, author: { name: 'DIT "two"', role: 'dit' }, location: 'Stage 4', comment: 'day 1', process: 'in-place' } as const

async function xmlFiles(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true })
  return names.filter((name) => /(?:^|\/)ascmhl\//.test(name)).map((name) => join(root, name))
}

function isValid(file: string): void {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, file], { encoding: 'utf8' })
  assert.equal(status, 0, `${file}: ${stderr}`)
}

const oracle = (...args: string[]): { code: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(args[0] === 'verify' ? `${ORACLE}-debug` : ORACLE, args, { encoding: 'utf8' })
  return { code: status, said: stdout + stderr }
}

test('every generation and every chain is what the schema wants, with every hash format, nested and continued', async ({ card, digester }) => {
  await createMhl(join(card.root, 'DCIM'), { ...about, formats: ['xxh128'] }, { digester })
  await createMhl(card.root, { ...about, formats: [...HASH_FORMATS] }, { digester })
  await card.write('NEW.MOV', Buffer.from('new'))
  await createMhl(card.root, { ...about, createdMs: about.createdMs + 5_000 }, { digester })
  const files = await xmlFiles(card.root)
  assert.deepEqual([files.filter((file) => file.endsWith('.mhl')).length, files.filter((file) => file.endsWith('chain.xml')).length], [5, 2])
  for (const file of files) isValid(file)
})

test('what an offload writes is what the schema wants, in the ring and beside a copy: nested, continued, and with a file that failed', async ({ card, digester }) => {
  const rig = await createRollRig()
  const raid = join(card.dir, 'raid')
  const out = join(card.dir, 'out')
  for (const folder of [raid, out]) await mkdir(folder)
  const offload = (root: string) => rig.offload({ card: root, to: [raid], verify: 'source+copy', operator: 'DIT "two"', location: 'Stage 4 & 5', comment: '<day 1>' })
  try {
    await createMhl(join(card.root, 'DCIM'), { ...about, formats: ['xxh128'] }, { digester })
    assert.equal((await offload(card.root)).error, null)
    await card.write('DCIM/100MSDCF/DSC00002.ARW', Buffer.from('the second picture'))
    assert.equal((await offload(card.root)).error, null)
    await cp(card.root, join(card.dir, 'B001'), { recursive: true, preserveTimestamps: true })
    await writeFile(join(card.dir, 'B001/DCIM/100MSDCF/DSC00001.ARW'), 'not what its history says')
    assert.match((await offload(join(card.dir, 'B001'))).error ?? '', /not what an earlier generation/)
    for (const [i, { id }] of rig.rolls.list().entries()) {
      const list = await rig.rolls.files(rig.rolls.find(id))
      for (const { path } of historyOf(list)) await writeFile(join(out, `${i}-${path.replaceAll('/', '-')}`), await mhlFile(rig.blobs, list, path))
    }
    const files = [...await xmlFiles(raid), ...(await readdir(out)).map((name) => join(out, name))]
    assert.ok(files.length >= 15, files.join('\n'))
    assert.equal((await Promise.all(files.map((file) => readFile(file, 'utf8')))).some((xml) => xml.includes('"failed"')), true)
    for (const file of files) isValid(file)
  } finally {
    await rig.stop()
  }
})

if (hasOracle) {
  test('the reference tool verifies what we wrote, folders too, and continues it; we verify and continue what it wrote', async ({ card, digester }) => {
    await createMhl(card.root, about, { digester })
    for (const args of [['diff'], ['verify'], ['verify', '-dh']]) {
      const { code, said } = oracle(...args, card.root)
      assert.equal(code, 0, said)
    }
    await card.write('DCIM/second.bin', Buffer.from('second'))
    const { code, said } = oracle('create', card.root, '-h', 'md5', '-h', 'c4')
    assert.equal(code, 0, said)
    assert.deepEqual((await verifyMhl(card.root, { folders: true }, { digester })), { ...await verifyMhl(card.root, { folders: true }, { digester }), failed: [], missing: [], unknown: [], folders: [], generations: 2 })
    await createMhl(card.root, { ...about, createdMs: Date.now() + 2_000 }, { digester })
    const again = oracle('verify', card.root)
    assert.equal(again.code, 0, again.said)
    for (const file of await xmlFiles(card.root)) isValid(file)
  })

  test('both find the same: changed, missing and new files, by the same exit codes', async ({ card, digester }) => {
    await createMhl(card.root, about, { digester })
    const clip = 'PRIVATE/M4ROOT/CLIP/C0001.MP4'
    const original = await readFile(join(card.root, clip))
    await writeFile(join(card.root, clip), Buffer.from(original).fill(0, 5, 6))
    assert.deepEqual([(await verifyMhl(card.root, {}, { digester })).failed, oracle('verify', card.root).code], [[clip], 11])
    await writeFile(join(card.root, clip), original)
    await rename(join(card.root, clip), join(card.dir, 'away'))
    assert.deepEqual([(await verifyMhl(card.root, {}, { digester })).missing, oracle('verify', card.root).code], [[clip], 10])
    await rename(join(card.dir, 'away'), join(card.root, clip))
    await writeFile(join(card.root, 'new'), 'new')
    assert.deepEqual([(await verifyMhl(card.root, {}, { digester })).unknown, oracle('diff', card.root).code], [['new'], 21])
  })

  test('histories within a folder: ours are verified by the reference tool, its are continued by us', async ({ card, digester }) => {
    const reel = join(card.dir, 'reel')
    await mkdir(reel)
    await cp(card.root, join(reel, 'A001'), { recursive: true })
    await cp(card.root, join(reel, 'A002'), { recursive: true })
    await createMhl(join(reel, 'A001'), about, { digester })
    assert.equal(oracle('create', join(reel, 'A002'), '-h', 'xxh128').code, 0)
    const { generations } = await createMhl(reel, { ...about, createdMs: Date.now() + 2_000 }, { digester })
    assert.deepEqual(generations.map(({ folder, generation }) => [folder, generation]), [['A001', 2], ['A002', 2], ['', 1]])
    const { code, said } = oracle('verify', reel)
    assert.equal(code, 0, said)
    assert.equal(oracle('create', reel, '-h', 'xxh128').code, 0)
    const found = await verifyMhl(reel, {}, { digester })
    assert.deepEqual([found.failed, found.missing, found.unknown], [[], [], []])
    for (const file of await xmlFiles(reel)) isValid(file)
  })

  test('every hash of the reference tool is ours', async ({ card, digester }) => {
    assert.equal(oracle('create', card.root, ...HASH_FORMATS.flatMap((format) => ['-h', format])).code, 0)
    const { generations } = await createMhl(card.root, { ...about, createdMs: Date.now() + 2_000, formats: [...HASH_FORMATS] }, { digester })
    const text = Buffer.from(generations[0]!.bytes).toString()
    assert.equal(text.includes('"failed"') || text.includes('"original"'), false)
    const [theirs] = (await readdir(join(card.root, 'ascmhl'))).filter((name) => name.startsWith('0001'))
    const rootOf = (xml: string): string[] => [...(/<roothash>.*<\/roothash>/s.exec(xml)?.[0] ?? '').matchAll(/>([0-9a-zA-Z]{16,90})</g)].map(([, hash]) => hash ?? '')
    assert.deepEqual(rootOf(text).sort(), rootOf(await readFile(join(card.root, 'ascmhl', theirs!), 'utf8')).sort())
  })
} else {
  test.skip(`the reference tool is not installed (${ORACLE})`, () => {})
}

test('the command says the same, and ends with the exit codes of the reference tool', async ({ card }) => {
  const run = (...args: string[]): { code: number | null; out: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../../../node/bin/thatdam.js'), 'mhl', ...args], { encoding: 'utf8' })
    return { code: status, out: stdout + stderr }
  }
  assert.equal(run('verify', card.root).code, 30)
  assert.equal(run('create', card.root, '--hash', 'xxh128,md5').code, 0)
  assert.match(run('verify', card.root, '--directories').out, /all 8 files .* one generation/)
  await rm(join(card.root, 'PRIVATE/M4ROOT/SUB'), { recursive: true })
  assert.equal(run('verify', card.root, '--directories').code, 12)
  await rm(join(card.root, 'ascmhl/ascmhl_chain.xml'))
  assert.equal(run('verify', card.root).code, 32)
  assert.equal(run('dance', card.root).code, 2)
})

test.run()
