import { useCallback, useEffect, useRef, useState } from 'react'
import { hasWebRtc } from '../live/whep-session.ts'
import { type Obstacle, obstacleOf, obstacleOfError } from './obstacle.ts'

/** Which devices the person chose; empty: whichever the browser prefers. */
export interface Choice {
  readonly camera: string
  readonly microphone: string
  readonly sound: boolean
  readonly facing: 'user' | 'environment'
}

export interface Capture {
  readonly stream: MediaStream | null
  readonly obstacle: Obstacle | null
  readonly cameras: readonly MediaDeviceInfo[]
  readonly microphones: readonly MediaDeviceInfo[]
  readonly choice: Choice
  readonly choose: (change: Partial<Choice>) => void
  readonly retry: () => void
}

function constraintsOf({ camera, microphone, sound, facing }: Choice): MediaStreamConstraints {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
  return {
    video: camera === '' ? { ...size, facingMode: { ideal: facing } } : { ...size, deviceId: { exact: camera } },
    audio: sound && (microphone === '' ? true : { deviceId: { exact: microphone } })
  }
}

function end(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}

/** The device's camera and microphone, opened as chosen and opened again when the choice changes. */
export function useCapture(): Capture {
  const [stream, setStream] = useState<MediaStream | null>(null)
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([])
  const [choice, setChoice] = useState<Choice>({ camera: '', microphone: '', sound: true, facing: 'environment' })
  const [attempt, setAttempt] = useState(0)
  const [obstacle, setObstacle] = useState<Obstacle | null>(() => obstacleOf({ isSecure: window.isSecureContext, hasCameras: typeof navigator.mediaDevices?.getUserMedia === 'function', hasWebRtc: hasWebRtc(), port: location.port }))
  const present = useRef<MediaStream | null>(null)
  const isPossible = window.isSecureContext && navigator.mediaDevices !== undefined && hasWebRtc()

  useEffect(() => {
    if (!isPossible) return
    let current = true
    const open = async (): Promise<void> => {
      try {
        // phones open one camera at a time: the old one goes first
        end(present.current)
        const next = await navigator.mediaDevices.getUserMedia(constraintsOf(choice))
        if (!current) return end(next)
        present.current = next
        next.getVideoTracks()[0]?.addEventListener('ended', () => {
          if (present.current === next) setObstacle({ title: 'The camera went away', help: 'Connect it again, or choose another, then try again.' })
        })
        setStream(next)
        setObstacle(null)
        setDevices(await navigator.mediaDevices.enumerateDevices())
      } catch (error) {
        if (!current) return
        setStream(null)
        setObstacle(obstacleOfError(error))
      }
    }
    void open()
    return () => { current = false }
  }, [choice, attempt, isPossible])

  useEffect(() => () => end(present.current), [])
  const ofKind = (kind: MediaDeviceKind): MediaDeviceInfo[] => devices.filter((device) => device.kind === kind && device.deviceId !== '')
  return {
    stream, obstacle, choice,
    cameras: ofKind('videoinput'), microphones: ofKind('audioinput'),
    choose: useCallback((change: Partial<Choice>) => setChoice((now) => ({ ...now, ...change })), []),
    retry: useCallback(() => setAttempt((now) => now + 1), [])
  }
}
