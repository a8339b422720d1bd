import assert from 'node:assert/strict'
import { test } from 'uvu'
import { isLoopback } from '#ring/base/loopback.ts'
import { parseListen, reachableUrl } from '../../../node/http/listen-address.ts'

test('an address is a host and a port, of either family', () => {
  assert.deepEqual(parseListen('127.0.0.1:8080'), { host: '127.0.0.1', port: 8080 })
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 })
  for (const text of ['8080', '127.0.0.1', '127.0.0.1:70000', 'a b:1', '[::1', '']) assert.throws(() => parseListen(text), /not HOST:PORT/)
})

test('only what stays on this machine is loopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost']) assert.equal(isLoopback(host), true)
  for (const host of ['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.example.org', 'localhost.example.org']) assert.equal(isLoopback(host), false)
})

test('other nodes are never told to open 0.0.0.0', () => {
  assert.match(reachableUrl('http://0.0.0.0:8080'), /^http:\/\/(?!0\.)[\d.]+:8080$/)
  assert.match(reachableUrl('http://[::]:8080'), /^http:\/\/[\d.]+:8080$/)
  assert.equal(reachableUrl('http://127.0.0.1:8080'), 'http://127.0.0.1:8080')
  assert.equal(reachableUrl(''), '')
})

test.run()
