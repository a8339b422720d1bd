/**
 * An S3 server that people run in production, on loopback in a folder of its own: OpenStack Swift with its S3 gateway, one replica.
 * From Debian: swift-proxy, swift-account, swift-container, swift-object. The folder must be on a file system with extended attributes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { until } from './until.ts'

const KEY = 'test:tester'
const SECRET = 'only-for-tests'
/** Longest the four servers may take to answer, in ms. @default 60000 */
const READY_MS = 60_000

const STORAGE = ['account', 'container', 'object'] as const

/** Rings of one partition power and one device each, made in one go: the command for it takes half a second per step. */
const MAKE_RINGS = `
import sys
from swift.common.ring import RingBuilder
etc, ports = sys.argv[1], sys.argv[2:]
for name, port in zip(('account', 'container', 'object'), ports):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'disk', 'weight': 1, 'meta': '',
                     'replication_ip': '127.0.0.1', 'replication_port': int(port)})
    builder.rebalance()
    builder.get_ring().save(etc + '/' + name + '.ring.gz')
`

export interface S3Server {
  readonly endpoint: string
  /** What a program needs to get in. */
  readonly environment: Readonly<Record<string, string>>
  makeBucket(name: string): Promise<void>
  /** End the servers and remove the folder. */
  end(): Promise<void>
}

/** Start it; answers when it takes requests. */
export async function startS3Server(): Promise<S3Server> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-s3-'))
  const [proxy = 0, ...ports] = await freePorts(4)
  await mkdir(join(dir, 'devices/disk'), { recursive: true })
  execFileSync('/usr/bin/python3', ['-c', MAKE_RINGS, dir, ...ports.map(String)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const servers: ChildProcess[] = []
  for (const [i, name] of STORAGE.entries()) servers.push(await startServer(dir, name, storageConfig(dir, name, ports[i] ?? 0)))
  servers.push(await startServer(dir, 'proxy', proxyConfig(dir, proxy)))

  const endpoint = `http://127.0.0.1:${proxy}`
  const end = async (): Promise<void> => {
    for (const server of servers) server.kill('SIGKILL')
    await Promise.all(servers.map((server) => server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined))
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await until(async () => {
      const dead = servers.findIndex(({ exitCode }) => exitCode !== null)
      if (dead >= 0) throw new Error(await readFile(join(dir, `${[...STORAGE, 'proxy'][dead]}.log`), 'utf8'))
      await Promise.all(ports.map(accepts)) // the proxy answers before they do, and would take a silent one for dead
      return (await fetch(`${endpoint}/healthcheck`, { signal: AbortSignal.timeout(5_000) })).ok
    }, 'the S3 server answers', READY_MS)
  } catch (err) {
    await end()
    throw err
  }
  return {
    endpoint, end,
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: endpoint },
    async makeBucket(name) {
      const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: KEY, secretAccessKey: SECRET } })
      await client.send(new CreateBucketCommand({ Bucket: name }))
      client.destroy()
    }
  }
}

async function startServer(dir: string, name: string, config: string): Promise<ChildProcess> {
  const file = join(dir, `${name}.conf`)
  await writeFile(file, config)
  const log = join(dir, `${name}.log`)
  await writeFile(log, '')
  return spawn('/bin/sh', ['-c', 'exec "$0" "$1" -v >"$2" 2>&1', `swift-${name}-server`, file, log], { stdio: 'ignore', env: { ...process.env, PATH: '/usr/bin:/bin', PYTHONWARNINGS: 'ignore' } })
}

const common = (dir: string, port: number): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${dir}
log_level = WARNING
`

const storageConfig = (dir: string, name: string, port: number): string => `${common(dir, port)}devices = ${dir}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`

/** The gateway wants a cache configured; one that refuses every connection does. */
const proxyConfig = (dir: string, port: number): string => `${common(dir, port)}[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 30
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${SECRET} .admin
${['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'copy', 'slo', 'dlo'].map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}`

async function accepts(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => { server.close(); return once(server, 'close') }))
  return ports
}
