import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { deskResponseCodec, type Device, type Machine, type PeerReport } from '#protocols/media.ts'
import { presenceCodec } from '#protocols/presence.ts'
import { MAX_ATTACHED_BYTES, MAX_LIST_BYTES } from '../../../node/live/peer-desk.ts'
import { checkReport, firstWithin } from '../../../node/live/peer-report.ts'

const long = '€'.repeat(10_000)
const camera = (id: string, state = 'waiting') => ({ cameraId: id as CameraId, name: long, source: long, state, reason: `\u001b[2J${long}`, note: long, adjustable: true, settable: false })
const device: Device = { kind: long, source: long, name: long, aliases: Array<string>(100).fill(long), state: long, cameraId: long, reason: long, modes: Array.from({ length: 1_000 }, () => ({ format: long, width: 1, height: 1, fps: Array<number>(100).fill(Number.NaN), anyRate: false })), controls: Array.from({ length: 1_000 }, (_, i) => ({ name: long, kind: 'menu', min: 0, max: 1, step: 1, defaultValue: 0, value: 0, choices: i > 0 ? [] : Array.from({ length: 1_000 }, (__, value) => ({ value, label: long })), locked: false })) }
const huge: PeerReport = { name: long, cameras: Array.from({ length: 1_000 }, (_, i) => camera(`porch-${i}`)), devices: Array.from({ length: 1_000 }, () => device) }

test('what a peer says is cut: how many, how long, and no signs that a terminal obeys', () => {
  const { name, cameras, devices } = checkReport(huge)
  assert.deepEqual([name.length, cameras.length, devices.length], [300, 64, 64])
  assert.equal(cameras[0]?.reason.startsWith(' [2J€'), true)
  assert.deepEqual([devices[0]?.aliases.length, devices[0]?.modes.length, devices[0]?.controls.length, devices[0]?.controls[0]?.choices.length, devices[0]?.modes[0]?.fps], [8, 128, 64, 64, []])
})

test('a camera with an id or a state that is none is left out', () => {
  const { cameras } = checkReport({ name: '', devices: [], cameras: [camera('../etc'), camera('Porch'), camera('porch', 'on fire'), camera('porch')] })
  assert.deepEqual(cameras.map(({ cameraId, state }) => [cameraId, state]), [['porch', 'waiting']])
})

test('however much peers say, a heartbeat and a list of machines stay as large as messages may be', () => {
  const { cameras, devices } = checkReport(huge)
  const attached = firstWithin(Array.from({ length: 256 }, (_, i) => ({ ...cameras[i % 64]!, peerId: '12D3KooW' as PeerId })), MAX_ATTACHED_BYTES)
  const presence = presenceCodec.encode({ attached, cameras: [], freeBytes: 0, usedBytes: 0, chunks: 0, acceptsWrites: true, viewers: 0, layoutDigest: '', http: '', disk: '', alarms: [] })
  assert.ok(attached.length > 10 && presence.byteLength < presenceCodec.maxBytes / 1.5, `${presence.byteLength}`)
  const machines: Machine[] = firstWithin(Array.from({ length: 128 }, () => ({ peerId: '12D3KooW' as PeerId, node: false, report: { name: 'x', cameras, devices: devices.slice(0, 4) } })), MAX_LIST_BYTES)
  assert.ok(machines.length > 0 && deskResponseCodec.encode({ machines }).byteLength < deskResponseCodec.maxBytes)
})

test.run()
