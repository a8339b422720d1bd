import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { nodeConfig } from '../../../node/cli/node-command.ts'

const config = (...flags: string[]) => nodeConfig(['--data', '/tmp/x', ...flags])

test('STUN and TURN servers are given as they are written, credentials in front', () => {
  const { iceServers } = config('--ice-server', 'stun:stun.example.net', '--ice-server', 'turn:me:p%40ss@turn.example.net:3478?transport=tcp', '--ice-server', 'turns:me:pw@[2001:db8::1]')
  assert.deepEqual(iceServers, [
    { urls: 'stun:stun.example.net' }, { urls: 'turn:turn.example.net:3478?transport=tcp', username: 'me', credential: 'p@ss' }, { urls: 'turns:[2001:db8::1]', username: 'me', credential: 'pw' }
  ])
  assert.deepEqual(config().iceServers, [])
})

test('what is no such server is refused, and its password is not repeated', () => {
  for (const bad of ['stun.example.net', 'http://stun.example.net', 'turn:turn.example.net', 'stun:me:pw@stun.example.net', 'turn:me:p%22w@turn.example.net', 'turn:me:p%0Aw@turn.example.net', 'stun:a b', 'turn:me:pw@turn.example.net?transport=sctp', 'stun:host?transport=udp', 'stun:x>,<stun:y']) {
    assert.throws(() => config('--ice-server', bad), /--ice-server/, bad)
  }
  assert.throws(() => config('--ice-server', 'turn:me:hunter2@turn example'), (err: Error) => !err.message.includes('hunter2'))
})

test('a TURN server may share a secret with the node instead, which is read from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-flags-'))
  try {
    await writeFile(join(folder, 'secret'), 'open sesame\nnot this\n')
    const { iceServers, turnSecret } = config('--turn-secret', join(folder, 'secret'), '--ice-server', 'turn:turn.example.net?transport=udp')
    assert.deepEqual([iceServers, turnSecret], [[{ urls: 'turn:turn.example.net?transport=udp' }], 'open sesame'])
    assert.throws(() => config('--turn-secret', join(folder, 'none')), /--turn-secret .*ENOENT/)
    await writeFile(join(folder, 'empty'), '\n')
    assert.throws(() => config('--turn-secret', join(folder, 'empty')), /empty first line/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the password of a broker is read from a file; one that everybody could read in the address is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-flags-'))
  try {
    const file = join(folder, 'password')
    await writeFile(file, '50% of p@ss/word\nnot this\n')
    const { mqtt, amqp, shownPasswords } = config('--mqtt', 'mqtts://me@broker.example', '--mqtt-password-file', file, '--amqp', 'amqp://me:hunter2@broker.example')
    assert.equal(decodeURIComponent(new URL(mqtt ?? '').password), '50% of p@ss/word')
    assert.deepEqual([amqp, shownPasswords], ['amqp://me:hunter2@broker.example', ['amqp']])
    assert.equal(config('--mqtt', 'mqtt://127.0.0.1:1883').mqtt, 'mqtt://127.0.0.1:1883')
    assert.throws(() => config('--mqtt-password-file', file), /of no use without --mqtt/)
    for (const url of ['mqtt://broker.example', 'mqtt://me:pw@broker.example']) assert.throws(() => config('--mqtt', url, '--mqtt-password-file', file), /goes with a user and no password/)
    assert.throws(() => config('--amqp', 'amqp://me@broker.example', '--amqp-password-file', join(folder, 'none')), /--amqp-password-file .*ENOENT/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('an origin is a scheme, a host and a port', () => {
  assert.deepEqual(config('--allow-origin', 'https://studio.example', '--allow-origin', 'http://127.0.0.1:5173/').allowOrigins, ['https://studio.example', 'http://127.0.0.1:5173'])
  for (const bad of ['*', 'null', 'studio.example', 'https://studio.example/page', 'file:///x', 'https://user@studio.example']) assert.throws(() => config('--allow-origin', bad), /--allow-origin/, bad)
})

test('a reverse proxy is an address or a network, and whoever comes through it says who they are', () => {
  const { trustedProxies, auth } = config('--trust-proxy', '127.0.0.1', '--trust-proxy', '10.0.0.0/8', '--trust-proxy', 'fd00::/8')
  assert.deepEqual([trustedProxies, auth], [['127.0.0.1', '10.0.0.0/8', 'fd00::/8'], true])
  assert.deepEqual([config().trustedProxies, config().auth], [[], false])
  for (const bad of ['', 'proxy.example', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', '10.0.0.0/', 'fd00::/129', '0.0.0.0/x', '127.0.0.1:80', 'loopback']) assert.throws(() => config('--trust-proxy', bad), /--trust-proxy/, bad)
})

test.run()
