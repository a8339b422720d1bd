import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { RecordFields, RingRecord } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createEventBus, type EventBus } from '../../../node/events/events.ts'
import { checkHost, isPrivateAddress, lookupPublic } from '../../../node/events/webhooks/addresses.ts'
import { createDeliveryQueue, MAX_WAITING_DELIVERIES } from '../../../node/events/webhooks/delivery-queue.ts'
import { WEBHOOK_TIMEOUT_MS } from '../../../node/events/webhooks/send.ts'
import { createWebhooks, type Webhooks } from '../../../node/events/webhooks/webhooks.ts'
import { until } from '../../support/until.ts'

interface Call { headers: IncomingHttpHeaders; body: string }
interface Context { folder: string; receiver: Server; url: string; calls: Call[]; answers: number[]; bus: EventBus; open: (waitsMs?: readonly number[]) => Webhooks; running: Webhooks[] }
const test = suite<Context>('webhooks')

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-webhooks-'))
  Object.assign(context, { calls: [], answers: [], running: [], bus: createEventBus({ node: 'alder' }) })
  const receiver = context.receiver = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    context.calls.push({ headers: request.headers, body })
    response.writeHead(context.answers.shift() ?? 200, { location: 'http://127.0.0.1:1/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  context.url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const stored = new Map<string, Record<string, unknown>>()
  const records = {
    list: () => [...stored].map(([id, fields]): RingRecord => ({ id, fields })),
    find: (_kind: string, id: string) => stored.has(id) ? { id, fields: stored.get(id) as RecordFields } : undefined,
    async put(_kind: string, id: string, fields: RecordFields) { stored.set(id, { ...stored.get(id), ...fields }); return { copies: 1 } },
    remove: async (_kind: string, id: string) => stored.delete(id), changed: emitter<string>()
  }
  context.open = (waitsMs = [20, 20, 20]) => {
    const webhooks = createWebhooks({ records, events: context.bus.events, queue: createDeliveryQueue({ folder: context.folder, log: silentLog }), metrics: createMetrics(), log: silentLog, waitsMs })
    context.running.push(webhooks)
    return webhooks
  }
})
test.after.each(async ({ folder, receiver, running }) => {
  for (const webhooks of running) await webhooks.stop()
  receiver.closeAllConnections()
  receiver.close()
  await rm(folder, { recursive: true })
})

test('an event is posted with a signature that its receiver can check', async ({ open, url, bus, calls }) => {
  const webhooks = open()
  await webhooks.start()
  const { id, secret = '' } = await webhooks.put({ url, events: ['recording.*'], allowPrivate: true })
  assert.match(secret, /^whsec_/)
  assert.equal(JSON.stringify(webhooks.list()).includes(secret), false)
  bus.emit('asset.ingested', { asset: 'a' })
  bus.emit('recording.ended', { device: 'porch' })
  await until(() => calls.length > 0, 'the call')
  const [{ headers, body }] = calls as [Call]
  const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')
  assert.equal(headers['webhook-signature'], `v1,${signature}`)
  assert.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000) < 60)
  const { topic, payload, node } = JSON.parse(body) as { topic: string; payload: unknown; node: string }
  assert.deepEqual([topic, payload, node], ['recording.ended', { device: 'porch' }, 'alder'])
  await until(() => webhooks.deliveries(id)[0]?.state === 'sent', 'the note of it')
  assert.equal(calls.length, 1)
})

test('a receiver that says no is called again, then given up; both are told', async ({ open, url, bus, calls, answers }) => {
  const webhooks = open()
  await webhooks.start()
  const { id } = await webhooks.put({ url, events: ['*'], allowPrivate: true })
  answers.push(500, 503)
  bus.emit('alarm.raised', { key: 'disk' })
  await until(() => webhooks.deliveries(id)[0]?.state === 'sent', 'the third try')
  assert.deepEqual([calls.length, webhooks.deliveries(id)[0]?.attempts], [3, 3])
  assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 1, 'every try has the same id')
  answers.push(500, 500, 500, 302)
  bus.emit('alarm.cleared', { key: 'disk' })
  await until(() => webhooks.deliveries(id)[0]?.state === 'given up', 'the end of it')
  assert.match(webhooks.deliveries(id)[0]?.message ?? '', /answered 302: redirects are not followed/)
})

test('what waits is sent by the next run of the node', async ({ open, url, bus, calls, answers, folder }) => {
  const first = open([60])
  await first.start()
  await first.put({ url, events: ['job.ended'], allowPrivate: true })
  answers.push(500)
  bus.emit('job.ended', { job: 'j' })
  await until(() => calls.length === 1, 'the first try')
  await until(async () => (await readdir(folder)).length === 1, 'it waits on disk')
  await first.stop()
  assert.equal((await readdir(folder)).length, 1)
  const second = open()
  await second.start()
  await until(() => calls.length === 2, 'the second try')
  await until(async () => (await readdir(folder)).length === 0, 'nothing waits')
})

test('a receiver that never answers holds up nobody else, and is called once at a time', async ({ open, url, bus, calls }) => {
  let silent = 0
  const tarpit = createServer(() => { silent++ }).listen(0, '127.0.0.1')
  await once(tarpit, 'listening')
  const webhooks = open()
  try {
    await webhooks.start()
    for (let i = 0; i < 5; i++) await webhooks.put({ url: `http://127.0.0.1:${(tarpit.address() as AddressInfo).port}/${i}`, events: ['*'], allowPrivate: true })
    await webhooks.put({ url, events: ['*'], allowPrivate: true })
    for (let i = 0; i < 8; i++) bus.emit('job.ended', { job: String(i) })
    await until(() => calls.length === 8, 'all calls of the one that answers', WEBHOOK_TIMEOUT_MS / 2)
    assert.equal(silent, 5)
  } finally {
    tarpit.closeAllConnections()
    tarpit.close()
  }
})

test('a webhook with many calls that wait pushes out its own, not those of another', async ({ folder }) => {
  const queue = createDeliveryQueue({ folder, log: silentLog })
  await queue.load()
  const put = (i: number, webhook: string) => queue.put({ id: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`, webhook, topic: 't', body: '{}', queuedMs: i, attempts: 0, nextMs: 0 })
  await put(0, 'seldom')
  for (let i = 1; i < MAX_WAITING_DELIVERIES + 5; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => put(i + k, 'often')))
  assert.equal(queue.waiting().length, MAX_WAITING_DELIVERIES)
  assert.deepEqual(queue.waiting().filter(({ webhook }) => webhook === 'seldom').length, 1)
})

test('a call that was taken, or put off, before its file was written leaves none behind and breaks none', async ({ folder }) => {
  const queue = createDeliveryQueue({ folder, log: silentLog })
  await queue.load()
  const call = (attempts: number) => ({ id: '00000000-0000-0000-0000-000000000000', webhook: 'w', topic: 't', body: '{}', queuedMs: 0, attempts, nextMs: 0 })
  await Promise.all([queue.put(call(0)), queue.put(call(1))])
  const kept = createDeliveryQueue({ folder, log: silentLog })
  await kept.load()
  assert.deepEqual(kept.waiting(), [call(1)])
  await Promise.all([queue.put(call(2)), queue.done(call(2).id)])
  assert.deepEqual(await readdir(folder), [])
})

test('no more than so many wait', async ({ folder }) => {
  const queue = createDeliveryQueue({ folder, log: silentLog })
  await queue.load()
  const put = (i: number) => queue.put({ id: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`, webhook: 'w', topic: 't', body: '{}', queuedMs: i, attempts: 0, nextMs: 0 })
  for (let i = 0; i < 20; i++) await put(i)
  for (let i = 20; i < MAX_WAITING_DELIVERIES + 5; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => put(i + k)))
  assert.equal(queue.waiting().length, MAX_WAITING_DELIVERIES)
  assert.equal(queue.waiting().some(({ queuedMs }) => queuedMs === 0), false)
})

test('addresses of this machine and its network are called only when that is said', async ({ open, url, bus, calls }) => {
  const webhooks = open([])
  await webhooks.start()
  const { id } = await webhooks.put({ url, events: ['*'] })
  bus.emit('node.joined', { name: 'birch' })
  await until(() => webhooks.deliveries(id)[0]?.state === 'given up', 'the refusal')
  assert.match(webhooks.deliveries(id)[0]?.message ?? '', /allow private addresses/)
  const named = await webhooks.put({ url: url.replace('127.0.0.1', 'localhost'), events: ['*'] })
  bus.emit('node.left', { name: 'birch' })
  await until(() => webhooks.deliveries(named.id)[0]?.state === 'given up', 'the refusal of a name')
  assert.match(webhooks.deliveries(named.id)[0]?.message ?? '', /localhost is of this machine/)
  assert.deepEqual(calls, [])
})

for (const [address, isPrivate] of [['127.0.0.1', true], ['10.1.2.3', true], ['172.31.0.1', true], ['192.168.1.1', true], ['169.254.169.254', true], ['100.64.0.1', true], ['0.0.0.0', true], ['::1', true], ['::', true], ['fd00::1', true], ['fe80::1', true], ['::ffff:10.0.0.1', true], ['::ffff:7f00:1', true], ['64:ff9b::7f00:1', true], ['93.184.216.34', false], ['2606:2800:220:1::1', false]] as const) {
  test(`${address} is ${isPrivate ? 'private' : 'public'}`, () => assert.equal(isPrivateAddress(address), isPrivate))
}

test('a private address in brackets is one, too, and a name that leads to one is refused when it is looked up', async () => {
  assert.throws(() => checkHost('[::1]'), /allow private/)
  checkHost('studio.example')
  const [err] = await new Promise<[Error | null]>((resolve) => { lookupPublic('localhost', {}, (failure) => resolve([failure])) })
  assert.match(err?.message ?? '', /localhost is of this machine/)
})

test('what is written wrongly is refused', async ({ open }) => {
  const webhooks = open()
  await assert.rejects(webhooks.put({ url: 'file:///etc/passwd', events: ['*'] }), /no URL to call/)
  await assert.rejects(webhooks.put({ url: 'https://user:password@studio.example', events: ['*'] }), /without user and password/)
  await assert.rejects(webhooks.put({ url: 'https://studio.example', events: ['card.eaten'] }), /there is no event/)
  await assert.rejects(webhooks.put({ events: ['*'] }), /say where to/)
  await assert.rejects(webhooks.put({ enabled: false }, 'nothing'), /there is no webhook/)
})

test.run()
