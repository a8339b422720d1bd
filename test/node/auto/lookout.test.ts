import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createLookout } from '../../../node/auto/lookout.ts'
import { readSerf, readTailscale } from '../../../node/auto/overlays.ts'
import { answers, parsePlace } from '../../../node/auto/probe-address.ts'
import { makeCredential } from '../../../node/http/tls/certificate.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/until.ts'

test('members that are alive are read as serf and tailscale print them; anything else is nobody', () => {
  assert.deepEqual(readSerf({ members: [{ name: 'a', addr: '10.0.0.1:7946', status: 'alive' }, { name: 'b', addr: '10.0.0.2:7946', status: 'failed' }, { addr: '[fd00::1]:7946', status: 'alive' }] }), ['10.0.0.1', 'fd00::1'])
  assert.deepEqual(readTailscale({ Self: { TailscaleIPs: ['100.64.0.9'] }, Peer: { k1: { Online: true, TailscaleIPs: ['100.64.0.1', 'fd7a::1'] }, k2: { Online: false, TailscaleIPs: ['100.64.0.2'] } } }), ['100.64.0.1'])
  for (const rubbish of [null, 3, {}, { members: 'x' }, { Peer: null }]) assert.deepEqual([readSerf(rubbish), readTailscale(rubbish)], [[], []])
})

test('an address is that of a page or of a node', () => {
  assert.deepEqual(parsePlace('10.0.0.1'), { page: 'http://10.0.0.1:8080' })
  assert.deepEqual(parsePlace('https://attic.example'), { page: 'https://attic.example' })
  assert.deepEqual(parsePlace('/ip4/10.0.0.1/tcp/4001/p2p/12D3KooW'), { host: '10.0.0.1', port: 4_001 })
  assert.throws(() => parsePlace('/udp/1'), /--bootstrap \/udp\/1: use the page of a node/)
})

test('a node is noticed by its page or its port; another server and a closed port are not', async () => {
  const page = (body: string) => createServer((_request, response) => { response.end(body) })
  const [node, other] = [page('{"status":"ok","reasons":[],"name":"alder"}'), page('<html>hello</html>')]
  for (const server of [node, other]) await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const [nodePort, otherPort] = [node, other].map((server) => (server.address() as AddressInfo).port)
  const closed = await freePort()
  const lookout = createLookout({ mdns: undefined, candidates: async () => [], log: silentLog }, { bootstrap: [`http://127.0.0.1:${otherPort}`, `/ip4/127.0.0.1/tcp/${closed}`, `127.0.0.1:${nodePort}`, `/ip4/127.0.0.1/tcp/${otherPort}`] })
  await lookout.start()
  try {
    await until(() => lookout.rings().length === 2, 'both are noticed')
    assert.deepEqual(lookout.rings().map(({ at, via }) => [at, via]).sort(), [[`/ip4/127.0.0.1/tcp/${otherPort}`, '--bootstrap'], [`127.0.0.1:${nodePort}`, '--bootstrap']])
  } finally {
    await lookout.stop()
    for (const server of [node, other]) {
      server.closeAllConnections()
      server.close()
    }
  }
})

test('a node with a certificate of its own making is noticed, by an address without a scheme as well', async () => {
  const { cert, key } = await makeCredential(['localhost'], Date.now())
  const node = createSecureServer({ cert, key }, (_request, response) => { response.end('{"status":"ok","name":"alder"}') })
  await new Promise<void>((resolve) => { node.listen(0, '127.0.0.1', resolve) })
  const { port } = node.address() as AddressInfo
  try {
    for (const text of [`https://127.0.0.1:${port}`, `127.0.0.1:${port}`]) assert.equal(await answers(parsePlace(text)), true, text)
  } finally {
    node.closeAllConnections()
    node.close()
  }
})

test('a server that answers without end is no node, and no more is read of it than a node says', async () => {
  let sent = 0
  const endless = createServer((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536
    }
    response.write('{"status":"ok"}')
    response.on('drain', more)
    more()
  })
  await new Promise<void>((resolve) => { endless.listen(0, '127.0.0.1', resolve) })
  try {
    assert.equal(await answers(parsePlace(`127.0.0.1:${(endless.address() as AddressInfo).port}`)), false)
    assert.ok(sent < 16 * 1024 ** 2, `${sent} bytes`)
  } finally {
    endless.closeAllConnections()
    endless.close()
  }
})

test.run()
