import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { InviteView, RingView } from '#protocols/http.ts'
import { Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a node that founded a ring and is invited to another')
const running: Thatdam[] = []
let dir: string

test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-follow-')) })
test.after(async () => {
  await Promise.all(running.filter(({ running: lives }) => lives).map((process) => process.stop()))
  await rm(dir, { recursive: true, force: true })
})

async function begin(name: string): Promise<{ process: Thatdam; http: string; ringId: string; data: string }> {
  const data = join(dir, name)
  const process = new Thatdam(['auto', '--data', data, '--name', name, '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--found-after', '1s', '--no-mdns', '--json'])
  running.push(process)
  const { http, ringId } = await process.event('ready')
  return { process, data, http: String(http), ringId: String(ringId) }
}

const ask = async <T>(method: string, url: string, body?: object): Promise<T> => (await fetch(url, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }), signal: AbortSignal.timeout(30_000) })).json() as Promise<T>
const invite = async (http: string): Promise<string> => (await ask<InviteView>('POST', `${http}/api/v1/invites`, { role: 'node' })).invite

test('goes there when its own is empty, and what its folder held is put aside', async () => {
  const [alder, birch] = await Promise.all([begin('alder'), begin('birch')])
  assert.notEqual(alder.ringId, birch.ringId)
  await writeFile(join(birch.data, 'invite'), 'thatdam1half-writ')
  await writeFile(join(birch.data, 'invite'), `${await invite(alder.http)}\n`)
  const again = await birch.process.event('ready', ({ ringId }) => ringId === alder.ringId)
  assert.ok(birch.process.events.some(({ event, how, why }) => event === 'auto' && how === 'join' && /alone in an empty ring/.test(String(why))))
  await until(async () => (await ask<RingView>('GET', `${alder.http}/api/v1/ring`)).members.filter(({ alive }) => alive).length === 2, 'both are one ring', 90_000)
  assert.ok(String(again['http']).startsWith('http'))
  const [aside] = (await readdir(birch.data)).filter((name) => name.startsWith('left-'))
  assert.ok((await readdir(join(birch.data, aside!))).includes('identity.json'))
})

test('stays when its own holds anything, and says so', async () => {
  const [alder, cedar] = [running[0]!, await begin('cedar')]
  const { http } = await alder.event('ready')
  const { invite: peer } = await ask<InviteView>('POST', `${cedar.http}/api/v1/invites`, { role: 'peer' })
  const porch = new Thatdam(['peer', '--join', peer, '--camera', 'Porch', '--source', 'test?size=320x180&fps=5', '--http', 'off', '--json'])
  running.push(porch)
  await until(async () => (await ask<{ cameras: object[] }>('GET', `${cedar.http}/api/v1/cameras`)).cameras.length > 0, 'it has a camera', 90_000)
  await writeFile(join(cedar.data, 'invite'), await invite(String(http)))
  const stays = await cedar.process.event('auto', ({ why }) => /is in the data folder/.test(String(why)))
  assert.match(String(stays['why']), /the ring of this node is not empty \((?:it knows cameras|other machines are or were in it)\): it stays/)
  assert.equal((await ask<RingView>('GET', `${cedar.http}/api/v1/ring`)).ringId, cedar.ringId)
})

test.run()
