/** Why this device gives its camera not to the page, and what would help. */
export interface Obstacle {
  readonly title: string
  readonly help: string
}

/** What of the browser a camera needs. */
export interface CameraEnvironment {
  readonly isSecure: boolean
  readonly hasCameras: boolean
  readonly hasWebRtc: boolean
  readonly port: string
}

/** Browsers hide cameras from pages that came without encryption, except from this very machine. */
export function obstacleOf(environment: CameraEnvironment): Obstacle | null {
  if (!environment.isSecure) {
    return {
      title: 'This address is not secure enough for a camera',
      help: `Browsers give a camera only to pages that come over HTTPS, or from the same machine. On the node’s own machine open http://localhost:${environment.port || '80'}/camera. For phones, put a reverse proxy with a certificate in front of the node, and start the node with --http NAME:PORT, where NAME is what the proxy is called.`
    }
  }
  if (!environment.hasWebRtc) return { title: 'This browser has no WebRTC', help: 'Nothing can be sent without it. Switch it on in the browser’s settings, or open this page in Safari, Chrome or Firefox.' }
  return environment.hasCameras ? null : { title: 'This browser gives no page a camera', help: 'Open this page in the device’s own browser: Safari, Chrome or Firefox. Browsers inside other apps often may not use the camera.' }
}

/** The errors of `getUserMedia`, in words. */
export function obstacleOfError(error: unknown): Obstacle {
  switch ((error as { name?: string } | null)?.name) {
    case 'NotAllowedError': return { title: 'The camera was not allowed', help: 'Allow camera and microphone for this page: the sign beside the address has the setting. Then try again.' }
    case 'NotFoundError': return { title: 'No camera was found', help: 'Connect one, then try again.' }
    case 'NotReadableError':
    case 'AbortError': return { title: 'The camera is busy', help: 'Another app uses it. Close that, then try again.' }
    case 'OverconstrainedError': return { title: 'That camera is not there any more', help: 'Choose another, or try again.' }
    default: return { title: 'The camera did not start', help: error instanceof Error && error.message !== '' ? error.message : 'Try again.' }
  }
}
