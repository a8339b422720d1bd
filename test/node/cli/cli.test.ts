import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { byteCount, duration, parseFlags } from '../../../node/cli/flags.ts'
import { AUTO_FLAGS, nodeFlags } from '../../../node/cli/auto-command.ts'
import { helpText } from '../../../node/cli/help.ts'
import { NODE_COMMAND_FLAGS, nodeConfig } from '../../../node/cli/node-command.ts'
import { table } from '../../../node/cli/output.ts'
import { USAGE } from '../../../peer/config.ts'
import { startUploadServer } from '../../support/upload-server.ts'

const test = suite('command line')
const PROGRAM = join(import.meta.dirname, '../../../node/bin/thatdam.js')

interface Ended { code: number; out: string; err: string }

async function thatdam(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], ...env } })
  const [out, err] = ['', '']
  const ended: Ended = { code: -1, out, err }
  child.stdout.on('data', (bytes) => { ended.out += bytes })
  child.stderr.on('data', (bytes) => { ended.err += bytes })
  const [code] = await once(child, 'close')
  return { ...ended, code }
}

test('node and auto take every flag their help names, and auto hands those of a node on', () => {
  for (const [command, flags] of [['node', NODE_COMMAND_FLAGS], ['auto', AUTO_FLAGS]] as const) {
    for (const [, flag = ''] of helpText(command).matchAll(/--([a-z][a-z-]+)/g)) assert.ok(Object.hasOwn(flags, flag), `${command} --${flag}`)
  }
  const argv = Object.entries(NODE_COMMAND_FLAGS).flatMap(([name, { type }]) => type === 'boolean' ? [`--${name}`] : [`--${name}`, '1'])
  const handedOn = nodeFlags(parseFlags('auto', argv, AUTO_FLAGS).values, '/data', undefined)
  for (const name of Object.keys(NODE_COMMAND_FLAGS)) if (!['join', 'camera', 'source'].includes(name)) assert.ok(handedOn.includes(`--${name}`), name)
})

test('the help of a peer, its own usage and the README name the same flags', async () => {
  const flagsIn = (words: string): string[] => [...new Set([...words.matchAll(/--([a-z][a-z-]+)/g)].map(([, flag = '']) => flag))].sort()
  const taken = flagsIn(USAGE.replace('thatdam invite peer --node URL', ''))
  assert.equal(flagsIn(helpText('peer')), taken)
  const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const lineOf = (command: string): string => /^[^`]*`([^`]*)`/.exec(readme.slice(readme.indexOf(`| \`thatdam ${command} `)))?.[1] ?? ''
  assert.equal(flagsIn(lineOf('node')), Object.keys(NODE_COMMAND_FLAGS).sort())
  assert.equal(flagsIn(lineOf('peer')), taken)
})

test('what is written wrong is said in one line that names it, with exit code 2', async () => {
  const wrong: Array<[string[], RegExp]> = [
    [['nope'], /no command "nope": use node, /], [['camera'], /did you mean cameras\?/], [['node'], /--data is missing/], [['node', '--data', 'x', '--wat'], /no flag --wat/], [['node', '--data'], /--data needs a value/],
    [['node', '--data', 'x', '--rtsp', '0.0.0.0:80'], /--auth/], [['invite', 'friend'], /invite node/], [['invite', 'node', '--expires', 'soon'], /--expires soon/], [['import'], /what to import/]
  ]
  const ended = await Promise.all(wrong.map(([args]) => thatdam(args)))
  for (const [index, { code, err, out }] of ended.entries()) {
    assert.equal([code, out, err.trim().split('\n').length], [2, '', 1], wrong[index]?.[0].join(' '))
    assert.match(err, wrong[index]?.[1] ?? /^$/)
  }
})

test('help and version are for people', async () => {
  assert.match((await thatdam(['help'])).out, /cameras/)
  assert.match((await thatdam(['node', '--help'])).out, /--zone/)
  assert.match((await thatdam(['--version'])).out, /^\d+\.\d+\.\d+\n$/)
})

test('a node that does not answer is said plainly, with how to start one', async () => {
  const { code, err } = await thatdam(['ring', '--node', 'http://127.0.0.1:1'])
  assert.is(code, 1)
  assert.match(err, /no node answers at .*thatdam node --data/)
})

test('invite prints the invite alone', async () => {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end(JSON.stringify({ invite: 'the-invite', role: 'peer', expiresAt: '2026-01-01T00:00:00Z' })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    assert.equal(await thatdam(['invite', 'peer', '--node', url]), { code: 0, out: 'the-invite\n', err: '' })
    assert.equal(JSON.parse((await thatdam(['invite', 'peer', '--node', url, '--json'])).out), { invite: 'the-invite', role: 'peer', expiresAt: '2026-01-01T00:00:00Z' })
  } finally {
    server.close()
  }
})

test('import sends files with their folders, tells what was refused, and sends nothing twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-cli-'))
  const server = await startUploadServer(join(folder, 'node'))
  try {
    await mkdir(join(folder, 'card', 'day 1'), { recursive: true })
    await writeFile(join(folder, 'card', 'day 1', 'a.mp4'), 'film')
    await writeFile(join(folder, 'card', 'bad.mp4'), '')
    await writeFile(join(folder, 'card', '.DS_Store'), 'junk')
    const { code, out, err } = await thatdam(['import', join(folder, 'card'), '--node', server.url])
    assert.equal([code, out], [1, '1 imported, 0 known already, 1 refused\n'])
    assert.is(err, 'refused card/bad.mp4: empty file\n')
    assert.equal([...server.library.assets.values()].flatMap(({ locations }) => locations.map(({ path }) => path)), ['card/day 1/a.mp4'])
    const puts = server.puts.length
    assert.equal(await thatdam(['import', join(folder, 'card', 'day 1', 'a.mp4'), '--node', server.url]), { code: 0, out: '0 imported, 1 known already, 0 refused\n', err: '' })
    assert.is(server.puts.length, puts)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
})

test('a node has every default, and keeps what it is told', () => {
  const plain = nodeConfig(['--data', '/x'])
  assert.equal([plain.data, plain.http, plain.listen, plain.join, plain.weight, plain.auth, plain.mdns, plain.json], ['/x', '127.0.0.1:8080', ['/ip4/0.0.0.0/tcp/0'], undefined, undefined, false, true, false])
  const told = nodeConfig(['--data', '/x', '--http', '0.0.0.0:80', '--auth', '--listen', '/ip4/1.2.3.4/tcp/1', '--listen', '/ip6/::1/tcp/2', '--weight', '2.5', '--zone', 'attic', '--no-mdns'])
  assert.is(nodeConfig(['--data', '/x', '--scrub-period', '7d']).scrubPeriodMs, 7 * 86_400_000)
  assert.throws(() => nodeConfig(['--data', '/x', '--scrub-period', '1m']), /too short: 1h or more/)
  assert.equal([told.http, told.listen.length, told.weight, told.zone, told.mdns], ['0.0.0.0:80', 2, 2.5, 'attic', false])
  assert.equal([plain.repairAfterMs, nodeConfig(['--data', '/x', '--repair-after', '90s']).repairAfterMs], [undefined, 90_000])
  assert.throws(() => nodeConfig(['--data', '/x', '--repair-after', 'soon']), /--repair-after soon is no time/)
})

test('times have a unit, and tables no escape sequences', () => {
  assert.equal([duration('expires', '24h'), duration('expires', '1.5m')], [86_400_000, 90_000])
  assert.throws(() => duration('expires', '24'), /write a number and a unit/)
  assert.is(table(['A', 'B'], [['x\u001b[31m', 'y']]), 'A      B\nx[31m  y')
})

test('alarms are printed with their age and who says so; a critical one is exit code 1', async () => {
  const nowMs = 1_000_000
  let alarms: unknown[] = []
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ alarms, nowMs })))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const node = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    assert.equal(await thatdam(['alarms', '--node', node]), { code: 0, out: 'No alarms.\n', err: '' })
    alarms = [{ key: 'silent/b', severity: 'warning', message: 'birch is \u001b[31msilent', sinceMs: nowMs - 600_000, nodes: ['alder', 'cedar'] }]
    assert.equal(await thatdam(['alarms', '--node', node]), { code: 0, out: 'WARNING   10 min  birch is [31msilent (says alder, cedar)\n', err: '' })
    alarms.push({ key: 'disk', severity: 'critical', message: 'full', sinceMs: nowMs - 5_000, nodes: ['alder'] })
    const json = await thatdam(['alarms', '--node', node, '--json'])
    assert.equal([json.code, JSON.parse(json.out)], [1, { alarms, nowMs }])
  } finally {
    server.close()
  }
  assert.is((await thatdam(['alarms', 'now'])).code, 2)
})

test('a rate is a number of bytes, with or without a unit', () => {
  assert.equal([byteCount('x', '8M'), byteCount('x', '500K'), byteCount('x', '1.5GiB'), byteCount('x', '7')], [8_388_608, 512_000, 1_610_612_736, 7])
  for (const wrong of ['', 'fast', '-1', '0', '5T']) assert.throws(() => byteCount('rebalance-rate', wrong), /--rebalance-rate .* is no number of bytes/)
  assert.is(nodeConfig(['--data', 'x', '--rebalance-rate', '8M']).rebalanceBytesPerSecond, 8_388_608)
})

test.run()
