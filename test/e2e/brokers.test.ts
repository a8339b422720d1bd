// needs: ffmpeg
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import amqp from 'amqplib'
import mqtt from 'mqtt'
import { suite } from 'uvu'
import type { WebhookView } from '#protocols/http.ts'
import { freePort } from '../support/free-port.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('events on their way out of a real node')
const MOSQUITTO = '/usr/sbin/mosquitto'
const RABBIT_LIB = '/usr/lib/rabbitmq/lib'
const RABBIT = existsSync(RABBIT_LIB) ? readdirSync(RABBIT_LIB).map((name) => join(RABBIT_LIB, name, 'sbin/rabbitmq-server')).find((path) => existsSync(path)) : undefined
/** Longest a broker may take to listen, in ms: Erlang is slow to start on a busy machine. @default 120000 */
const BROKER_MS = 120_000

interface Told { topic: string; ts: number; node: string; payload: Record<string, unknown> }
let folder: string
let ring: TestRing
let node: NodeProcess
let footage: MediaFolder
let [mqttPort, amqpPort] = [0, 0]
const started: ChildProcess[] = []

function begin(program: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env: { ...process.env, ...env } }) // a group of its own, so that what it starts ends with it
  started.push(child)
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  process.kill(-child.pid, 'SIGKILL')
  await once(child, 'exit')
}

const listens = (port: number): Promise<unknown> => until(() => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
}), `somebody listens on ${port}`, BROKER_MS)

async function beginMosquitto(): Promise<void> {
  const file = join(folder, 'mosquitto.conf')
  await writeFile(file, `listener ${mqttPort} 127.0.0.1\nallow_anonymous true\npersistence false\n`)
  begin(MOSQUITTO, ['-c', file])
  await listens(mqttPort)
}

async function beginRabbit(): Promise<void> {
  const home = join(folder, 'rabbit')
  await mkdir(home, { recursive: true })
  const [epmdPort, distPort] = [await freePort(), await freePort()]
  const env = { HOME: home, ERL_EPMD_PORT: String(epmdPort), ERL_EPMD_ADDRESS: '127.0.0.1' }
  await writeFile(join(home, 'plugins'), '[].\n')
  await writeFile(join(home, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${amqpPort}\n`)
  begin('/usr/bin/epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], env)
  await listens(epmdPort)
  begin(RABBIT ?? '', [], {
    ...env, RABBITMQ_NODENAME: `thatdam${process.pid}@localhost`, RABBITMQ_DIST_PORT: String(distPort), RABBITMQ_MNESIA_BASE: join(home, 'mnesia'), RABBITMQ_LOG_BASE: join(home, 'log'), RABBITMQ_LOGS: join(home, 'log/rabbit.log'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq'), RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'), RABBITMQ_PID_FILE: join(home, 'pid'), RABBITMQ_CONF_ENV_FILE: join(home, 'none')
  })
  await listens(amqpPort)
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-brokers-'));
  [mqttPort, amqpPort] = [await freePort(), await freePort()]
  footage = await createMediaFolder(['day1/a.mp4', 'day1/b.mov'])
  ring = await TestRing.create()
  node = await ring.begin('alder', { flags: ['--mqtt', `mqtt://127.0.0.1:${mqttPort}`, '--amqp', `amqp://127.0.0.1:${amqpPort}`, '--log', 'json', '--camera', 'porch', '--source', 'test'] })
  await ring.send('POST', `${node.url}/api/v1/paths`, { path: footage.root })
})
test.after(async () => {
  await ring?.end()
  for (const child of started.reverse()) await end(child)
  await footage?.remove()
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

const scan = (name: string): Promise<unknown> => ring.send('POST', `${node.url}/api/v1/scan`, { path: footage.path(name) })

test('Mosquitto is told of an import and a recording; what happened while it was away is told when it comes', async () => {
  if (!existsSync(MOSQUITTO)) return void process.stdout.write('skipped: mosquitto is not installed\n')
  await until(() => node.process.stderr.includes('node:mqtt'), 'the node says that there is no broker')
  await beginMosquitto()
  const told: Told[] = []
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`)
  client.on('message', (topic, body) => { told.push({ ...JSON.parse(body.toString()) as Told, topic }) })
  await client.subscribeAsync('thatdam/#', { qos: 1 })
  await scan('day1/a.mp4')
  await until(() => told.some(({ topic }) => topic === 'thatdam/asset/ingested'), 'the import')
  await until(() => told.some(({ topic, payload }) => topic === 'thatdam/job/ended' && payload['kind'] === 'scan' && payload['state'] === 'done'), 'the end of the scan')
  await until(() => told.some(({ topic, payload }) => topic === 'thatdam/recording/started' && payload['device'] === 'porch'), 'the recording, begun before the broker', BROKER_MS)
  assert.ok(told.every(({ node: teller, ts }) => teller === 'alder' && ts > 1.6e12))
  await client.endAsync()
})

test('RabbitMQ gets every event by its topic, confirmed, also when it comes later than the node', async () => {
  if (RABBIT === undefined) return void process.stdout.write('skipped: rabbitmq-server is not installed\n')
  await beginRabbit()
  const connection = await until(() => amqp.connect(`amqp://127.0.0.1:${amqpPort}`), 'the broker takes connections', BROKER_MS)
  const channel = await connection.createChannel()
  await channel.assertExchange('events', 'topic', { durable: true })
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'events', 'job.*')
  await channel.bindQueue(queue, 'events', 'asset.ingested')
  const told: Told[] = []
  await channel.consume(queue, (message) => { if (message !== null) told.push({ ...JSON.parse(message.content.toString()) as Told, topic: message.fields.routingKey }) }, { noAck: true })
  await scan('day1/b.mov')
  await until(() => told.some(({ topic }) => topic === 'job.ended'), 'the end of the scan', BROKER_MS)
  await until(() => told.some(({ topic, payload }) => topic === 'asset.ingested' && payload['name'] === 'b.mov'), 'the import', BROKER_MS)
  await connection.close()
})

test('a webhook is called with what happened', async () => {
  const calls: string[] = []
  const receiver = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    calls.push(body)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const { id } = await ring.send<WebhookView>('POST', `${node.url}/api/v1/webhooks`, { url, events: ['job.ended'], allowPrivate: true })
    await scan('day1')
    await until(() => calls.some((body) => JSON.parse(body).payload.kind === 'scan'), 'the call')
    assert.equal((await ring.get<{ deliveries: Array<{ state: string }> }>(`${node.url}/api/v1/webhooks/${id}/deliveries`)).deliveries[0]?.state, 'sent')
  } finally {
    receiver.closeAllConnections()
    receiver.close()
  }
})

test('every metric of the dashboard is one the node has', async () => {
  const page = (await ring.bytes(`${node.url}/metrics`)).toString()
  const there = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
  const dashboard = JSON.parse(await readFile(join(import.meta.dirname, '../../node/deploy/grafana-dashboard.json'), 'utf8')) as { panels: Array<{ targets: Array<{ expr: string }> }> }
  const asked = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => [...expr.matchAll(/thatdam_\w+/g)].map(([name]) => name)))
  assert.ok(asked.length > 15)
  assert.deepEqual(asked.filter((name) => !there.has(name)), [])
  assert.match(page, /^thatdam_library_assets 2$/m)
  assert.match(page, /^thatdam_jobs_ended_total\{state="done"\} [1-9]/m)
  assert.match(page, /^thatdam_http_responses_total\{status="2xx"\} [1-9]/m)
})

test('its log is JSON, line by line', () => {
  const lines = node.process.stderr.trim().split('\n')
  assert.ok(lines.length > 0)
  for (const line of lines) {
    const { time, level, scope, message } = JSON.parse(line) as Record<string, string>
    assert.ok(!Number.isNaN(Date.parse(time ?? '')) && ['info', 'error'].includes(level ?? '') && typeof scope === 'string' && typeof message === 'string', line)
  }
})

test.run()
