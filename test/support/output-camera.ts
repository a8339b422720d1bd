/** A live camera for tests of outputs: a clip fed in real time, that can go away and come back. */
import { TrackUnavailableError } from '#protocols/errors.ts'
import type { LiveCamera } from '../../node/live/live-camera.ts'
import type { OpenFeed } from '../../node/live/camera-feed.ts'
import { type Clip, clipCamera, feedForever, type Feeding } from './camera-clip.ts'

export interface OutputCamera {
  readonly open: OpenFeed
  /** Feeds that are held now. */
  held(): number
  /** The camera as it is live now. */
  camera(): LiveCamera
  keyframesAsked(): number
  /** The source's sound is said to be captured this much later than it is, ms. */
  soundLateMs: number
  come(): void
  /** Live, but the test itself writes its packets. */
  comeSilently(): void
  go(): void
}

export function outputCamera(clip: Clip): OutputCamera {
  let live: LiveCamera | undefined
  let feeding: Feeding | undefined
  let held = 0
  let asked = 0
  const self: OutputCamera = {
    soundLateMs: 0,
    held: () => held,
    keyframesAsked: () => asked,
    camera() {
      if (live === undefined) throw new Error('the camera is away')
      return live
    },
    async open(id) {
      const camera = live
      if (id !== 'porch' || camera === undefined) throw new TrackUnavailableError(`camera ${id} is not live now`)
      held++
      let released = false
      return {
        camera,
        release() {
          if (!released) held--
          released = true
        }
      }
    },
    comeSilently() { live = clipCamera(clip, 'porch', () => { asked++ }) },
    come() {
      self.comeSilently()
      const camera = self.camera()
      feeding = feedForever(clip, (packets) => { for (const packet of packets) camera.write(packet) },
        (report) => camera.report(report.track === 0 ? report : { ...report, wallMs: report.wallMs + self.soundLateMs }))
    },
    go() {
      feeding?.stop()
      const camera = live
      live = undefined
      camera?.end('unplugged')
    }
  }
  return self
}
