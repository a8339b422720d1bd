import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import { RTCPeerConnection } from 'werift'
import { askOnly, type Ice, iceOf, MAX_REMOTE_CANDIDATES, sendingPair } from '../../../../node/live/webrtc/ice.ts'
import { until } from '../../../support/until.ts'

const test = suite('ice')
let offerer: RTCPeerConnection
let answerer: RTCPeerConnection
let ice: Ice

const create = (): RTCPeerConnection => new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', iceAdditionalHostAddresses: ['127.0.0.1'] })

test.before.each(async () => {
  offerer = create()
  answerer = create()
  offerer.createDataChannel('x')
  for (const { connection } of offerer.iceTransports) delete connection.stunServer
  await offerer.setLocalDescription(await offerer.createOffer())
  await answerer.setRemoteDescription(offerer.localDescription!)
  askOnly(answerer, [])
  await answerer.setLocalDescription(await answerer.createAnswer())
  await offerer.setRemoteDescription(answerer.localDescription!)
  ice = iceOf(answerer, { restartTimeoutMs: 300 })
  await until(() => ice.isConnected() && offerer.connectionState === 'connected', 'both are connected')
})
test.after.each(async () => {
  await offerer.close()
  await answerer.close()
})

const connection = () => answerer.iceTransports[0]!.connection

test('without servers nobody is asked for an address', () => {
  assert.equal(connection().stunServer, undefined)
  const asking = create()
  asking.createDataChannel('x')
  askOnly(asking, [{ urls: 'stun:stun.example.net' }])
  assert.notEqual(asking.iceTransports[0]!.connection.stunServer, undefined)
  return asking.close()
})

test('a restart that finds no path is undone: the old pair carries on all the while and afterwards, and its consent is asked for', async () => {
  const pair = connection().nominated!
  const [remote, local] = [ice.remote(), connection().localUsername]
  const fresh = await ice.restart({ ufrag: 'gone1', pwd: 'x'.repeat(22) }, ['candidate:1 1 udp 1 127.0.0.1 9 typ host'])
  assert.notEqual(fresh.ufrag, local)
  assert.ok(fresh.candidates.length > 0 && fresh.candidates.every((candidate) => candidate.startsWith('candidate:')))
  assert.equal(sendingPair(answerer.iceTransports[0]!), pair)
  await until(() => connection().nominated === pair, 'the old pair is back')
  assert.deepEqual([ice.remote(), connection().localUsername, answerer.connectionState], [remote, local, 'connected'])
  const answered = pair.responsesReceived
  await until(() => pair.responsesReceived > answered, 'the other side answers for it', 20_000)
})

test('a second restart while the first looks for a path goes back to what worked, too', async () => {
  const pair = connection().nominated!
  await ice.restart({ ufrag: 'gone1', pwd: 'x'.repeat(22) }, [])
  await ice.restart({ ufrag: 'gone2', pwd: 'x'.repeat(22) }, [])
  await until(() => connection().nominated === pair, 'the old pair is back')
  await sleep(350)
  assert.equal(connection().nominated, pair)
  assert.equal(answerer.connectionState, 'connected')
})

test('no more than a bounded number of candidates is ever tried', async () => {
  await ice.add(Array.from({ length: 500 }, (_, i) => `candidate:${i} 1 udp 1 192.0.2.1 ${1000 + i} typ host`))
  assert.ok(connection().remoteCandidates.length <= MAX_REMOTE_CANDIDATES)
})

test.run()
