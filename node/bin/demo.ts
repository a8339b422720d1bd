/**
 * `npm run demo`: a ring of three nodes and two cameras on this machine, each a process of its own.
 * Everything is kept under `.thatdam/` (or `--data DIR`); a second start finds it again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '../..')
const { values: { data: dir = join(root, '.thatdam') } } = parseArgs({ options: { data: { type: 'string' } } })
const command = join(root, 'node/bin/thatdam.js')

/** Longest a process may take to say it is ready, in ms. @default 60000 */
const READY_TIMEOUT_MS = 60_000

const NODES = [
  { name: 'alder', zone: 'studio', http: '127.0.0.1:8081', listen: '/ip4/127.0.0.1/tcp/4181' },
  { name: 'birch', zone: 'office', http: '127.0.0.1:8082', listen: '/ip4/127.0.0.1/tcp/4182' },
  { name: 'cedar', zone: 'attic', http: '127.0.0.1:8083', listen: '/ip4/127.0.0.1/tcp/4183' }
]

const CAMERAS = [
  { name: 'Porch', source: 'test?tone=440' },
  { name: 'Garage', source: 'test?tone=660' }
]

interface Part { readonly name: string; readonly child: ChildProcess; readonly ended: Promise<void> }

const parts: Part[] = []
let stopping = false

const say = (line = ''): void => { process.stdout.write(`${line}\n`) }

/** Start one `thatdam` process; resolves with its ready line. */
function begin(name: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, [command, ...args, '--json'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  parts.push({ name, child, ended })
  createInterface({ input: child.stderr }).on('line', (line) => { if (!stopping) say(`  ${name}: ${line}`) })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} was not ready after ${READY_TIMEOUT_MS / 1000} s`)), READY_TIMEOUT_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes('"event":"ready"')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`${name} ended with code ${code}`))
      if (!stopping) say(`  ${name} ended (code ${code}); the others carry on`)
    })
  })
}

async function invite(role: 'node' | 'peer'): Promise<string> {
  const answer = await fetch(`http://${NODES[0]?.http}/api/v1/invites`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ role })
  })
  if (!answer.ok) throw new Error(`no invite: ${answer.status} ${await answer.text()}`)
  return (await answer.json() as { invite: string }).invite
}

async function beginNode(node: (typeof NODES)[number], isFirst: boolean): Promise<void> {
  const data = join(dir, node.name)
  const join_ = isFirst || existsSync(join(data, 'identity.json')) ? [] : ['--join', await invite('node')]
  await begin(node.name, ['node', '--data', data, '--name', node.name, '--zone', node.zone, '--http', node.http, '--listen', node.listen, ...join_])
  say(`  node ${node.name}   http://${node.http}`)
}

async function beginCamera({ name, source }: { name: string; source: string }, viewerPort: number): Promise<void> {
  await begin(name, ['peer', '--join', await invite('peer'), '--camera', name, '--source', source, '--http', `127.0.0.1:${viewerPort}`])
  say(`  camera ${name}   ${source}`)
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  say('\nStopping…')
  for (const { child } of parts.toReversed()) child.kill('SIGTERM')
  await Promise.all(parts.map(({ ended }) => ended))
  say(`Stopped. npm run demo finds everything again; remove ${dir} to begin anew.`)
}

process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())

try {
  say('Starting a ring of three nodes and two cameras:')
  for (const [index, node] of NODES.entries()) await beginNode(node, index === 0)
  for (const [index, camera] of CAMERAS.entries()) await beginCamera(camera, 8091 + index)
  say(`
Open http://${NODES[0]?.http} and try:
  1. Live         both cameras, with the age of the last second that is safe on disk; the same on :8082 and :8083
  2. Recordings   click anywhere on a camera's timeline, also a few seconds ago
  3. Library      drop a folder of clips into the page, then search for it on another node
  4. Find         words that can be read in those clips, or that are in their names; Settings, Models says what else can be looked for
  5. Ring         end one node with \`kill -9 ${parts[1]?.child.pid}\` (birch) and watch: nothing is lost, cameras carry on
  6. A camera     npx thatdam peer --join "$(npx thatdam invite peer --node http://${NODES[0]?.http})" --camera Desk --source test

Ctrl-C stops everything.`)
} catch (err) {
  say(`The demo could not start: ${err instanceof Error ? err.message : err}`)
  process.exitCode = 1
  await stop()
}
