import { createSecretKey } from 'node:crypto'
import { MediaStream, MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, type RTCRtpSender, RtpPacket, useNACK, usePLI } from 'werift'
import { OverloadedError, TrackUnavailableError } from '#protocols/errors.ts'
import type { Track } from '#protocols/media.ts'
import type { Logger } from '#ring/base/log.ts'
import type { CameraProxy } from '../camera-proxy.ts'
import type { SourceEvent } from '../sources/camera-source.ts'

/** Browsers that look at this peer's page, at most: it is a look through the finder, the ring serves the crowd. @default 8 */
export const MAX_VIEWERS = 8
/** A viewer that is not connected after this is given up, in ms. */
const CONNECT_MS = 15_000

/** WebRTC viewers of this peer's cameras (WHEP: one offer, one answer). */
export interface RtcViewers {
  /** @throws TrackUnavailableError while the camera gives nothing, OverloadedError when there are too many */
  answer(camera: CameraProxy, offer: string): Promise<{ id: string; sdp: string }>
  /** False when there is no such viewer. */
  close(id: string): Promise<boolean>
  stop(): Promise<void>
}

export function rtcViewers({ log }: { log: Logger }): RtcViewers {
  const viewers = new Map<string, () => Promise<void>>()

  async function answer(camera: CameraProxy, offer: string): Promise<{ id: string; sdp: string }> {
    const tracks = camera.tracks()
    if (tracks.length === 0) throw new TrackUnavailableError(camera.status().reason ?? 'the camera gives no picture now')
    if (tracks.some(({ kind, codec }) => kind === 'video' && codec !== 'H264')) throw new TrackUnavailableError('this camera sends HEVC as it is, which this page does not show: open a node of the ring instead')
    if (viewers.size >= MAX_VIEWERS) throw new OverloadedError(`${MAX_VIEWERS} viewers are here already: open a node of the ring instead`)
    const id = crypto.randomUUID()
    const pc = new RTCPeerConnection({ codecs: codecsOf(tracks), iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'] })
    const ended = Promise.withResolvers<void>()
    const timer = setTimeout(() => { if (pc.connectionState !== 'connected') void close() }, CONNECT_MS).unref()
    let leave = (): void => {}
    const close = async (): Promise<void> => {
      if (!viewers.delete(id)) return ended.promise
      clearTimeout(timer)
      leave()
      await pc.close().catch((err) => log.error('viewer did not close - %s', err))
      ended.resolve()
    }
    viewers.set(id, close)
    try {
      const out = addTracks(pc, tracks)
      await pc.setRemoteDescription({ type: 'offer', sdp: offer })
      for (const { connection } of pc.iceTransports) delete connection.stunServer // told of no server, the library asks one of Google's
      await pc.setLocalDescription(await pc.createAnswer())
      pc.connectionStateChange.subscribe((state) => {
        if (state === 'connected') leave = feed(camera, pc, out)
        else if (state === 'closed' || state === 'failed' || state === 'disconnected') void close()
      })
      return { id, sdp: pc.localDescription?.sdp ?? '' }
    } catch (err) {
      await close()
      throw err
    }
  }

  return {
    answer,
    async close(id) {
      const close = viewers.get(id)
      await close?.()
      return close !== undefined
    },
    async stop() {
      await Promise.all([...viewers.values()].map((close) => close()))
    }
  }
}

interface Outgoing { readonly track: MediaStreamTrack; readonly sender: RTCRtpSender }

function addTracks(pc: RTCPeerConnection, tracks: readonly Track[]): Map<number, Outgoing> {
  const stream = new MediaStream()
  return new Map(tracks.map((track) => {
    const media = new MediaStreamTrack({ kind: track.kind })
    stream.addTrack(media)
    const { sender } = pc.addTransceiver(media, { direction: 'sendonly', streams: [stream] })
    return [track.index, { track: media, sender }]
  }))
}

function codecsOf(tracks: readonly Track[]): { video: RTCRtpCodecParameters[]; audio: RTCRtpCodecParameters[] } {
  const codec = (track: Track): RTCRtpCodecParameters => (track.kind === 'video'
    ? new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })
    : new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: track.fmtp }))
  return { video: tracks.filter((track) => track.kind === 'video').map(codec), audio: tracks.filter((track) => track.kind === 'audio').map(codec) }
}

/** Send the camera's packets from the next keyframe on; answers how to end it. */
function feed(camera: CameraProxy, pc: RTCPeerConnection, out: ReadonlyMap<number, Outgoing>): () => void {
  hastenCrypto(pc)
  let begun = false
  for (const { sender } of out.values()) sender.onPictureLossIndication.subscribe(() => camera.requestKeyframe())
  camera.requestKeyframe()
  return camera.events.on((event: SourceEvent) => {
    if (event.type !== 'packets') return
    begun ||= event.group.keyframe
    if (!begun) return
    for (const { track, rtp } of event.group.packets) out.get(track)?.track.writeRtp(RtpPacket.deSerialize(Buffer.from(rtp)))
  })
}

/** Node makes ciphers from a KeyObject several times faster than from bytes: give werift's sessions such keys. */
function hastenCrypto(pc: RTCPeerConnection): void {
  for (const { srtp, srtcp } of pc.dtlsTransports) {
    for (const session of [srtp, srtcp]) {
      for (const context of [session?.localContext, session?.remoteContext]) {
        const cipher = context?.cipher as unknown as Record<string, unknown> | undefined
        for (const key of ['srtpSessionKey', 'srtcpSessionKey', 'srtpSessionAuthTag', 'srtcpSessionAuthTag']) {
          if (cipher !== undefined && Buffer.isBuffer(cipher[key])) cipher[key] = createSecretKey(cipher[key])
        }
      }
    }
  }
}
