/** A small WHEP endpoint with a real picture and tone, made by ffmpeg and sent by werift. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { MediaStream, MediaStreamTrack, RTCPeerConnection, useH264, useOPUS } from 'werift'
import type { WhepHandler } from './fake-api.ts'

export interface FakeWhep {
  readonly handle: WhepHandler
  /** Sessions that are open now. */
  readonly sessions: Map<string, RTCPeerConnection>
  /** What was asked for, in order: `porch?delay=low`. */
  readonly asked: string[]
  /** While false, cameras are answered with 409. */
  live: boolean
  /** Stops or resumes sending, without a word to the viewers. */
  flowing: boolean
  readonly close: () => Promise<void>
}

const TEST_PICTURE = "testsrc2=s=640x360:r=25,drawtext=text='%{pts\\:hms}':fontsize=42:fontcolor=white:box=1:boxcolor=black@0.7:x=20:y=290"
const ENCODED = ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-tune', 'zerolatency', '-g', '12', '-bf', '0', '-bsf:v', 'dump_extra']
const AUDIO = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-c:a', 'libopus', '-b:a', '64k', '-ac', '2']

async function receiver(onPacket: (packet: Buffer) => void): Promise<Socket> {
  const socket = createSocket('udp4').on('message', onPacket)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** What is sent for one picture: a moving one at a plain rate, a measured one nearly without loss. */
const videoOf = (picture: string): string[] => ['-re', '-f', 'lavfi', '-i', picture, ...ENCODED, ...picture === TEST_PICTURE ? ['-b:v', '1200k'] : ['-qp', '3', '-colorspace', 'bt709', '-color_range', 'tv']]

/** Starts sending; `close()` ends ffmpeg and every session. `pictures` are FFmpeg sources for cameras (by the end of their id) that must show something other than the test picture. */
export async function startFakeWhep({ pictures = {} }: { readonly pictures?: Readonly<Record<string, string>> } = {}): Promise<FakeWhep> {
  const sessions = new Map<string, RTCPeerConnection>()
  const tracks = new Map<MediaStreamTrack, string>()
  const feeds: ChildProcess[] = []
  const sockets: Socket[] = []
  const shown = [TEST_PICTURE, ...Object.values(pictures)]
  for (const [feed, options] of [...shown.map((picture) => [picture, videoOf(picture)] as const), ['audio', AUDIO] as const]) {
    const socket = await receiver((packet) => {
      if (whep.flowing) for (const [track, from] of tracks) if (from === feed) track.writeRtp(packet)
    })
    sockets.push(socket)
    feeds.push(spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...options, '-f', 'rtp', `rtp://127.0.0.1:${socket.address().port}?pkt_size=1200`], { stdio: 'ignore' }))
  }

  const open = async (sdp: string, picture: string): Promise<{ readonly id: string; readonly answer: string }> => {
    const peer = new RTCPeerConnection({ iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'], iceUseIpv6: false, codecs: { video: [useH264()], audio: [useOPUS()] } })
    const stream = new MediaStream()
    for (const kind of ['video', 'audio'] as const) {
      const track = new MediaStreamTrack({ kind })
      peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
      tracks.set(track, kind === 'audio' ? kind : picture)
      peer.connectionStateChange.subscribe((state) => { if (state === 'closed') tracks.delete(track) })
    }
    await peer.setRemoteDescription({ type: 'offer', sdp })
    await peer.setLocalDescription(await peer.createAnswer())
    const id = String(sessions.size + 1) + Math.random().toString(36).slice(2)
    sessions.set(id, peer)
    return { id, answer: peer.localDescription?.sdp ?? '' }
  }

  const whep: FakeWhep = {
    sessions,
    asked: [],
    live: true,
    flowing: true,
    handle: async (method, url, body): ReturnType<WhepHandler> => {
      const path = url.split('?')[0] ?? ''
      if (method === 'POST') whep.asked.push(url.slice('/whep/'.length))
      if (method === 'DELETE') {
        const id = path.split('/').at(-1) ?? ''
        await sessions.get(id)?.close()
        return { status: sessions.delete(id) ? 200 : 404 }
      }
      if (!whep.live || path.endsWith('attic')) return { status: 409, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: { code: 'ERR_TRACK_UNAVAILABLE', message: 'Nobody is publishing this camera now.' } }) }
      const { id, answer } = await open(body, Object.entries(pictures).find(([camera]) => path.endsWith(camera))?.[1] ?? TEST_PICTURE)
      return { status: 201, headers: { 'content-type': 'application/sdp', location: `${path}/${id}` }, body: answer }
    },
    close: async () => {
      for (const feed of feeds) feed.kill('SIGKILL')
      for (const socket of sockets) socket.close()
      await Promise.all([...sessions.values()].map((peer) => peer.close()))
    }
  }
  return whep
}
