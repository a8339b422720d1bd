// needs: ffmpeg
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'uvu'
import { createLog } from '#ring/base/log.ts'
import { MAX_STRANGERS, rtmpServer } from '../../../peer/sources/rtmp/rtmp-server.ts'
import { parseSource } from '../../../peer/sources/source-spec.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/until.ts'
import { hasProgram, recordSource, type Recorded } from './record-source.ts'

const LIVE = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=440']
const CODED = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-t', '60']

/** A real sender, tried again until the other side listens; `end` it. */
const sender = (format: string, url: string, before: string[] = []): { end(): Promise<void> } => spawnSender([...LIVE, ...CODED, ...before, '-f', format, url])

function spawnSender(args: string[]): { end(): Promise<void> } {
  let child: ChildProcess | undefined
  let over = false
  const again = (): void => {
    if (over) return
    child = spawn('/usr/bin/ffmpeg', args, { stdio: 'ignore' })
    child.once('exit', () => setTimeout(again, 200))
  }
  again()
  return {
    async end() {
      over = true
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}

const whole = (got: Recorded): boolean => got.units.length >= 50 && got.audio.length >= 50

/** Run a source whose secrets must be in nothing it says. */
function source(text: string): { logged: () => string; open: () => ReturnType<typeof supervisedSource> } {
  let logged = ''
  const log = createLog((line) => { logged += line }, 'info')
  return { logged: () => logged, open: () => supervisedSource({ log }, { spec: parseSource(text) }) }
}

if (hasProgram('/usr/bin/ffmpeg', ['-version'])) {
  test('a sender (RTMP) is taken in when it knows the key, comes again after it left, and the key is told to nobody', async () => {
    const port = await freePort()
    const { open, logged } = source(`rtmp://127.0.0.1:${port}/live/hunter2-key?listen=1`)
    let first = sender('flv', `rtmp://127.0.0.1:${port}/live/hunter2-key`)
    let again = false
    try {
      const recorded = await recordSource('rtmp', (got) => {
        if (whole(got) && !again) {
          again = true
          void first.end().then(() => { first = sender('flv', `rtmp://127.0.0.1:${port}/live/hunter2-key`) })
        }
        return got.events.filter(({ type }) => type === 'tracks').length === 2
      }, 60_000, open())
      const { units, events } = recorded
      assert.equal(events[0]?.type, 'waiting')
      assert.ok(units[0]?.keyframe)
      assert.ok(units.every((unit) => !unit.damaged && unit.lost === 0))
      assert.doesNotMatch(logged() + JSON.stringify(events), /hunter2/)
      assert.match(JSON.stringify(events), /nobody sends to rtmp:\/\/127\.0\.0\.1:\d+\/live\/…/)
    } finally {
      await first.end()
    }
  })

  test('a sender with another key, one with another application, and one that says nothing or rubbish take no place', async () => {
    const port = await freePort()
    const { open } = source(`rtmp://127.0.0.1:${port}/live/right-key?listen=1`)
    const wrong = [sender('flv', `rtmp://127.0.0.1:${port}/live/wrong-key`), sender('flv', `rtmp://127.0.0.1:${port}/other/right-key`)]
    const rude = open()
    let pictures = 0
    let said = ''
    rude.events.on((event) => {
      if (event.type === 'packets') pictures++
      if (event.type === 'waiting') said = event.reason
    })
    await rude.start()
    try {
      const silent = await until(() => dial(port), 'somebody listens')
      const rubbish = await dial(port)
      rubbish.write('GET / HTTP/1.1\r\n\r\n')
      await until(() => rubbish.destroyed, 'rubbish is cut off')
      assert.equal(silent.destroyed, false)
      await until(() => /turned away: the sender is set to another application or key/.test(said), 'it is said that others tried')
      const right = sender('flv', `rtmp://127.0.0.1:${port}/live/right-key`)
      try {
        await until(() => pictures >= 25, 'the one with the key is seen, all the same')
      } finally {
        await right.end()
        silent.destroy()
      }
      await until(async () => {
        const before = pictures
        await new Promise((resolve) => { setTimeout(resolve, 1_000) })
        return pictures === before
      }, 'without it there is no picture: the others are never taken')
    } finally {
      await Promise.all(wrong.map((one) => one.end()))
      await rude.stop()
    }
  })

  test('whoever fills all places without a key keeps nobody out who knows it', async () => {
    const port = await freePort()
    const server = await rtmpServer({ app: 'live', key: 'right-key' }, { host: '127.0.0.1', port })
    const silent = await Promise.all(Array.from({ length: MAX_STRANGERS }, () => dial(port)))
    const right = sender('flv', `rtmp://127.0.0.1:${port}/live/right-key`)
    try {
      const flv = await server.next(new AbortController().signal)
      assert.equal(silent.filter(({ destroyed }) => !destroyed).length, MAX_STRANGERS - 1)
      flv.destroy()
    } finally {
      for (const socket of silent) socket.destroy()
      await right.end()
      server.close()
    }
  })

  test('what was sent (RTMP) and cannot be shown is said, and the place stays open', async () => {
    const port = await freePort()
    const deaf = spawnSender(['-v', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440', '-t', '5', '-c:a', 'aac', '-f', 'flv', `rtmp://127.0.0.1:${port}/live/right-key`])
    let seeing: ReturnType<typeof sender> | undefined
    try {
      const { events } = await recordSource('rtmp', (got) => {
        if (seeing === undefined && JSON.stringify(got.events).includes('no picture in it')) {
          void deaf.end()
          seeing = sender('flv', `rtmp://127.0.0.1:${port}/live/right-key`)
        }
        return got.units.length >= 10
      }, 60_000, source(`rtmp://127.0.0.1:${port}/live/right-key?listen=1`).open())
      assert.match(JSON.stringify(events), /nobody sends to rtmp:\/\/127\.0\.0\.1:\d+\/live\/… now; what was sent last could not be shown: there is no picture in it/)
    } finally {
      await deaf.end()
      await seeing?.end()
    }
  })

  test('a sender (RTMP) whose clock is set an hour ahead goes on, and no hour of silence is made for it', async () => {
    const port = await freePort()
    const set = ['-t', '7200', '-vf', "setpts='PTS+gt(N,75)*3600/TB'", '-af', "asetpts='PTS+gt(T,3)*3600/TB'"]
    const jumping = sender('flv', `rtmp://127.0.0.1:${port}/live/right-key`, set)
    try {
      const { events, audio, units } = await recordSource('rtmp', (got) => (got.units.at(-1)?.timestamp ?? 0) / 90_000 > 3_000 && (got.audio.at(-1)?.timestamp ?? 0) / 48_000 > 3_000, 60_000, source(`rtmp://127.0.0.1:${port}/live/right-key?listen=1`).open())
      assert.equal(events.filter(({ type }) => type === 'tracks').length, 1)
      assert.ok(units.every(({ damaged, lost }) => !damaged && lost === 0))
      assert.ok(audio.length < 1_000, `${audio.length} packets of sound`)
    } finally {
      await jumping.end()
    }
  })

  test('a sender (SRT) is taken in when it knows the passphrase, which is told to nobody', async () => {
    const port = await freePort('udp')
    const { open, logged } = source(`srt://127.0.0.1:${port}?mode=listener&passphrase=hunter2-secret`)
    const wrong = sender('mpegts', `srt://127.0.0.1:${port}?passphrase=another-secret`)
    let right: ReturnType<typeof sender> | undefined
    try {
      const { units, events } = await recordSource('srt', (got) => {
        if (got.events.length > 0) right ??= sender('mpegts', `srt://127.0.0.1:${port}?passphrase=hunter2-secret`)
        return whole(got)
      }, 60_000, open())
      assert.ok(units[0]?.keyframe)
      assert.doesNotMatch(logged() + JSON.stringify(events), /hunter2/)
    } finally {
      await right?.end()
      await wrong.end()
    }
  })

  test('a stream is fetched from a server (SRT)', async () => {
    const port = await freePort('udp')
    const server = sender('mpegts', `srt://127.0.0.1:${port}?mode=listener`)
    try {
      const { units } = await recordSource('srt', whole, 60_000, source(`srt://127.0.0.1:${port}`).open())
      assert.ok(units[0]?.keyframe)
    } finally {
      await server.end()
    }
  })

  test('a server (SRT) that does not let in is said to, with the passphrase among what to look for and nowhere', async () => {
    const port = await freePort('udp')
    const server = sender('mpegts', `srt://127.0.0.1:${port}?mode=listener&passphrase=another-secret`)
    try {
      const { open, logged } = source(`srt://127.0.0.1:${port}?passphrase=hunter2-secret`)
      const { events } = await recordSource('srt', (got) => got.events.length > 0, 60_000, open())
      assert.match(JSON.stringify(events), /srt:\/\/127\.0\.0\.1:\d+ does not let us in: see that it is on, listens there, and has the same passphrase/)
      assert.doesNotMatch(logged() + JSON.stringify(events), /hunter2/)
    } finally {
      await server.end()
    }
  })

  test('a stream is fetched from a server (RTMP)', async () => {
    const port = await freePort()
    const server = sender('flv', `rtmp://127.0.0.1:${port}/live/porch-key`, ['-listen', '1'])
    try {
      const { units } = await recordSource('rtmp', whole, 60_000, source(`rtmp://127.0.0.1:${port}/live/porch-key`).open())
      assert.ok(units[0]?.keyframe)
    } finally {
      await server.end()
    }
  })
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.resume().once('error', reject)
  })
}

test.run()
