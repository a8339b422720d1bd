// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AlarmList, CameraSettings, CameraView, KeptList, KeptView, Ledger, LedgerDays, RetentionReport } from '#protocols/http.ts'
import { type NodeProcess, run, TestRing, type Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('gap ledger')

let ring: TestRing
let peer: Thatdam
let alder: NodeProcess
let birch: NodeProcess
let fromMs: number

const ledger = (node: NodeProcess, toMs: number): Promise<Ledger> => ring.get(`${node.url}/api/v1/cameras/porch/ledger?from=${fromMs}&to=${toMs}`)
const change = (node: NodeProcess, body: object): Promise<CameraSettings> => ring.send('PATCH', `${node.url}/api/v1/cameras/porch`, body)
const told = ({ ranges }: Ledger): string => ranges.map(({ state, reason }) => `${state}${reason === null ? '' : ` (${reason})`}`).join(', ')
const tells = async (node: NodeProcess, what: RegExp): Promise<true> => assert.match(told(await ledger(node, Date.now())), what) ?? true
const view = async (node: NodeProcess): Promise<CameraView> => (await ring.camera('porch', node))!
const missed = async (node: NodeProcess): Promise<boolean> => (await ring.get<AlarmList>(`${node.url}/api/v1/alarms`)).alarms.some(({ key, message }) => key === 'not-recorded/porch' && message.includes('nobody sends it'))

test.before(async () => {
  fromMs = Date.now()
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  peer = await ring.peer([{ name: 'Porch', source: 'test?size=320x240' }], alder)
  await until(async () => (await ring.camera('porch', alder))?.recording, 'the camera is recorded')
})
test.after(() => ring?.end())

test('switched off on one node, a camera stops being recorded on the other, and nothing of that is lost', async () => {
  const settings = await change(birch, { record: { mode: 'off' } })
  assert.deepEqual([settings.record.mode, settings.expected, settings.reason], ['off', false, 'recording switched off'])
  for (const node of [alder, birch]) await until(() => tells(node, /recorded, not-expected \(recording switched off\)$/), `${node.name} tells it`)
  for (const node of [alder, birch]) await until(async () => !(await view(node)).recording, `${node.name} says that nothing is recorded`)
  assert.equal((await view(birch)).live, true, 'it can still be watched')
})

test('by hand it is recorded from start to stop', async () => {
  const press = async (on: boolean): Promise<Response> => fetch(`${alder.url}/api/v1/cameras/porch/record`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ on }) })
  const refused = await press(true)
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /its mode is off. Set/)
  await change(alder, { record: { mode: 'manual' } })
  assert.equal((await press(true)).status, 200)
  await until(async () => (await view(birch)).recording && /started\), (lost \(recording was starting\), )?recorded(, not-expected \(not yet\))?$/.test(told(await ledger(birch, Date.now()))), 'it records')
  assert.equal((await press(false)).status, 200)
  await until(() => tells(birch, /recorded, not-expected \(not started\)$/), 'it stopped')
})

test('a peer that is gone is an alarm on every node within half a minute, and a reason in the ledger', async () => {
  await change(alder, { record: { mode: 'continuous' } })
  await until(async () => (await view(alder)).recording && /started\), (lost \(recording was starting\), )?recorded(, not-expected \(not yet\))?$/.test(told(await ledger(alder, Date.now()))), 'it records')
  await peer.kill()
  const killedMs = Date.now()
  for (const node of [alder, birch]) await until(() => missed(node), `${node.name} raises the alarm`, 60_000)
  const tookMs = Date.now() - killedMs
  process.stdout.write(`alarm after ${(tookMs / 1000).toFixed(1)} s\n`)
  for (const node of [alder, birch]) await until(() => tells(node, /recorded, lost \((peer silent|link cut)\)(, not-expected \(not yet\))?$/), `${node.name} tells why`)
})

test('marked away it is an alarm no more', async () => {
  await change(birch, { record: { away: true } })
  for (const node of [alder, birch]) await until(async () => !(await missed(node)), `${node.name} clears the alarm`)
  await until(() => tells(birch, /not-expected \(marked away\)/), 'the ledger knows')
})

test('every node tells the same, also after a restart, and so does the command line', async () => {
  const toMs = Date.now() - 1_000
  await until(async () => JSON.stringify((await ledger(alder, toMs)).ranges) === JSON.stringify((await ledger(birch, toMs)).ranges), 'both tell the same')
  const before = await ledger(alder, toMs)
  assert.equal(before.ranges[0]?.startMs, fromMs)
  assert.equal(before.ranges.at(-1)?.endMs, toMs)
  await alder.process.kill()
  alder = await ring.begin('alder')
  await until(async () => JSON.stringify((await ledger(alder, toMs)).ranges) === JSON.stringify(before.ranges), 'the restarted node tells the same')
  const { code, stdout } = await run('ledger', 'Porch', '--node', birch.url, '--from', String(fromMs), '--to', String(toMs), '--json')
  assert.equal(code, 1, 'something is lost')
  assert.deepEqual((JSON.parse(stdout) as Ledger).ranges, before.ranges)
  const { days } = JSON.parse((await run('ledger', 'porch', '--node', birch.url, '--from', String(fromMs), '--to', String(toMs), '--days', '--json')).stdout) as LedgerDays
  const sum = days.reduce((all, { recordedSeconds, lostSeconds, notExpectedSeconds }) => all + recordedSeconds + lostSeconds + notExpectedSeconds, 0)
  assert.ok(Math.abs(sum - (toMs - fromMs) / 1000) < 0.01, `${sum} s of ${(toMs - fromMs) / 1000}`)
})

test('a range that was recorded is kept for good on every node, and let go of on any', async () => {
  const { ranges } = await ledger(alder, Date.now())
  const { startMs, endMs } = ranges.find(({ state }) => state === 'recorded')!
  const kept = await ring.send<KeptView>('POST', `${birch.url}/api/v1/cameras/porch/kept`, { fromMs: startMs, toMs: endMs, name: ' the fox ' })
  assert.equal(kept.name, 'the fox')
  await until(async () => (await ring.get<KeptList>(`${alder.url}/api/v1/cameras/porch/kept`)).kept.some(({ id }) => id === kept.id), 'alder knows')
  assert.match((await run('keep', 'list', 'porch', '--node', alder.url)).stdout, /the fox/)
  const post = (body: object): Promise<Response> => fetch(`${alder.url}/api/v1/cameras/porch/kept`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  assert.equal((await post({ fromMs: 5, toMs: 4, name: '' })).status, 400)
  assert.equal((await post({ fromMs: 0, toMs: 8e15, name: '' })).status, 400)
  assert.equal((await post({ fromMs: 1, toMs: 2, name: 'nothing' })).status, 404)
  assert.equal((await post({ fromMs: startMs, toMs: endMs, name: 'x'.repeat(201) })).status, 400)
  assert.equal((await run('keep', 'remove', 'porch', kept.id, '--node', alder.url)).code, 0)
  assert.equal((await fetch(`${alder.url}/api/v1/cameras/porch/kept/${kept.id}`, { method: 'DELETE' })).status, 404)
})

test('how long footage is kept is set by the command line, and a dry run says what would go', async () => {
  assert.match((await run('retention', 'set', 'Porch', '--days', '7', '--when-full', 'oldest', '--node', alder.url)).stdout, /Porch is kept for 7 days; when the disks are full, the oldest goes/)
  await until(async () => (await ring.get<CameraSettings>(`${birch.url}/api/v1/cameras/porch`)).retention.days === 7, 'birch knows')
  const report = JSON.parse((await run('retention', '--dry-run', '--node', birch.url, '--json')).stdout) as RetentionReport
  assert.deepEqual([report.dryRun, report.expiring, report.waiting], [true, [], null], 'footage of a minute ago is not too old')
  assert.ok(report.space.totalBytes > 0)
  assert.equal((await run('retention', '--low-space', '90', '--node', birch.url)).code, 1)
  assert.equal((await run('retention', 'set', 'porch', '--days', 'x', '--node', birch.url)).code, 2)
})

test('what makes no sense is answered with what to do', async () => {
  for (const [query, words] of [['from=5&to=5', 'before'], ['from=x', 'no time'], ['from=0', '31 days']] as const) {
    const answer = await fetch(`${alder.url}/api/v1/cameras/porch/ledger?${query}`)
    assert.equal(answer.status, 400, query)
    assert.ok((await answer.text()).includes(words), query)
  }
  assert.equal((await fetch(`${alder.url}/api/v1/cameras/none/ledger`)).status, 404)
  for (const body of [{}, { record: {} }, { record: { mode: 'sometimes' } }, { record: { mode: 'scheduled' } }, { record: { mode: 'scheduled', schedule: [{ days: [1], from: '8', to: '9' }] } }, { record: { timeZone: 'Nowhere/Land' } }, { retention: { days: -1 } }, { name: 'x' }]) {
    const answer = await fetch(`${alder.url}/api/v1/cameras/porch`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.ok((await answer.json() as { error: { message: string } }).error.message.length > 10)
  }
})

test.run()
