import assert from 'node:assert/strict'
import { test } from 'uvu'
import { RefusedError } from '#protocols/errors.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { CameraSource, Encoding, SourceEvent } from '../../../peer/sources/camera-source.ts'
import { switchableSource } from '../../../peer/sources/switchable-source.ts'

/** Sources that say at once what `answer` says of how they are to be. */
function opening(answer: (encoding: Encoding) => SourceEvent) {
  const log: string[] = []
  const open = (encoding: Encoding): CameraSource => {
    const events = emitter<SourceEvent>()
    const width = encoding.width ?? 0
    return { events, requestKeyframe() {}, start() { log.push(`start ${width}`); events.emit(answer(encoding)) }, stop() { log.push(`stop ${width}`) } }
  }
  return { open, log }
}

const tracks = (encoded: boolean): SourceEvent => ({ type: 'tracks', tracks: [], encoded })

test('a source that encodes does so in the way that is asked for, and stops the old one first', async () => {
  const { open, log } = opening(() => tracks(true))
  const source = switchableSource(open)
  await source.start()
  await source.order({ encoding: { width: 320 } })
  assert.deepEqual(log, ['start 0', 'stop 0', 'start 320'])
})

test('what gives no picture is refused with the reason, and all is as it was', async () => {
  const { open, log } = opening(({ width }) => (width === 9 ? { type: 'waiting', reason: 'too small' } : tracks(true)))
  const source = switchableSource(open)
  await source.start()
  await source.order({ encoding: { width: 320 } })
  await assert.rejects(source.order({ encoding: { width: 9 } }), (err) => err instanceof RefusedError && /no picture that way: too small/.test(err.message))
  assert.equal(log.at(-1), 'start 320')
})

test('a picture that is passed through is not touched', async () => {
  const { open, log } = opening(() => tracks(false))
  const source = switchableSource(open)
  await source.start()
  await assert.rejects(source.order({ encoding: { width: 320 } }), /passed on untouched/)
  assert.deepEqual(log, ['start 0'])
})

test('of a source that gives no picture nobody claims that it sends H.264: the reason is said', async () => {
  const { open, log } = opening(() => ({ type: 'waiting', reason: '/dev/video0 is gone' }))
  const source = switchableSource(open)
  await source.start()
  await assert.rejects(source.order({ encoding: { width: 320 } }), (err) => err instanceof RefusedError && /gives no picture now, .*: \/dev\/video0 is gone/.test(err.message))
  assert.deepEqual(log, ['start 0'])
})

test('one that was stopped says so, keeps what is ordered meanwhile, and starts with it', async () => {
  const { open, log } = opening(() => tracks(true))
  const source = switchableSource(open)
  const said: SourceEvent[] = []
  source.events.on((event) => said.push(event))
  await source.start()
  await source.order({ enabled: false })
  assert.equal(source.enabled(), false)
  assert.match(JSON.stringify(said.at(-1)), /stopped by order/)
  await source.order({ encoding: { width: 640 } })
  await source.order({ enabled: true })
  assert.deepEqual([source.enabled(), log.at(-1)], [true, 'start 640'])
})

test('its device is opened anew for another format, and not for a control', async () => {
  const { open, log } = opening(() => tracks(false))
  const source = switchableSource(open)
  await source.start()
  await source.order({ settings: { controls: { gain: 1 } } })
  assert.deepEqual(log, ['start 0'])
  await source.order({ settings: { format: 'MJPG', controls: { gain: 1 } } })
  assert.deepEqual([log, source.settings()], [['start 0', 'stop 0', 'start 0'], { format: 'MJPG', controls: { gain: 1 } }])
})

test('a format that gives no picture is refused, and forgotten; one that was remembered is kept for a camera that is not there', async () => {
  const events: SourceEvent[] = [tracks(false), { type: 'waiting', reason: 'no' }, tracks(false), { type: 'waiting', reason: 'gone' }]
  const { open } = opening(() => events.shift() ?? tracks(false))
  const source = switchableSource(open)
  await source.start()
  await assert.rejects(source.order({ settings: { format: 'MJPG' } }), /no picture that way: no/)
  assert.deepEqual(source.settings(), {})
  await source.order({ settings: { format: 'YUYV' }, remembered: true })
  assert.deepEqual(source.settings(), { format: 'YUYV' })
})

test('an encoding that was remembered is kept for a picture that is not there yet, begins one that is encoded anew, and once', async () => {
  const events: SourceEvent[] = [{ type: 'waiting', reason: 'gone' }, { type: 'waiting', reason: 'gone' }, tracks(true)]
  const { open, log } = opening(() => events.shift() ?? tracks(true))
  const source = switchableSource(open)
  await source.start()
  await source.order({ encoding: { width: 320 }, isAll: true, remembered: true })
  await source.order({ encoding: { width: 320 }, isAll: true, remembered: true })
  await source.order({ encoding: { width: 480, fps: 5 }, isAll: true, remembered: true })
  assert.deepEqual(log, ['start 0', 'stop 0', 'start 320', 'stop 320', 'start 480'])
})

test('a picture that is passed through goes on when an encoding is remembered', async () => {
  const { open, log } = opening(() => tracks(false))
  const source = switchableSource(open)
  await source.start()
  await source.order({ encoding: { width: 320 }, isAll: true, remembered: true })
  assert.deepEqual(log, ['start 0'])
})

test('a change leaves the rest of the encoding; all that is ordered leaves nothing of it', async () => {
  const asked: Encoding[] = []
  const { open } = opening((encoding) => { asked.push(encoding); return tracks(true) })
  const source = switchableSource(open)
  await source.start()
  await source.order({ encoding: { width: 320 } })
  await source.order({ encoding: { fps: 5 } })
  await source.order({ encoding: {}, isAll: true })
  assert.deepEqual(asked, [{}, { width: 320 }, { width: 320, fps: 5 }, {}])
})

test.run()
