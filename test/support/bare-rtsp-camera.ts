/** A camera that serves one HEVC stream by RTSP over TCP. Its description has no parameter sets: they come with its keyframes only. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { splitAnnexB } from '#protocols/rtp/h264.ts'
import { h265Packetiser, NAL265, nalType265 } from '#protocols/rtp/h265.ts'
import { RtspParser, rtspResponse } from '../../node/outputs/rtsp/message.ts'

const run = promisify(execFile)
const FPS = 30
const SDP = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=bare', 'c=IN IP4 0.0.0.0', 't=0 0', 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H265/90000', 'a=control:video', ''].join('\r\n')

export interface BareRtspCamera {
  readonly url: string
  close(): Promise<void>
}

/** Coded pictures of some seconds, a keyframe with parameter sets at the first only. */
export async function hevcPictures(seconds: number): Promise<Uint8Array[][]> {
  const x265 = `log-level=none:keyint=${seconds * FPS}:min-keyint=${seconds * FPS}:scenecut=0:bframes=0:repeat-headers=1:aud=1:pools=1`
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=${FPS}:duration=${seconds}`, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', x265, '-pix_fmt', 'yuv420p', '-f', 'hevc', '-'], { encoding: 'buffer', maxBuffer: 1 << 26 })
  const units: Uint8Array[][] = []
  for (const nal of splitAnnexB(stdout)) {
    if (nalType265(nal) === NAL265.delimiter) units.push([])
    else units.at(-1)!.push(nal)
  }
  return units
}

/** Every client gets the pictures in real time, over and over, beginning with the one numbered `first`. */
export async function bareRtspCamera(units: readonly Uint8Array[][], first: number): Promise<BareRtspCamera> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    void serve(socket, units, first).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/cam`,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

async function serve(socket: Socket, units: readonly Uint8Array[][], first: number): Promise<void> {
  const parser = new RtspParser()
  for await (const bytes of socket) {
    for (const input of parser.push(bytes as Buffer)) {
      if (!('request' in input)) continue
      const { method, headers } = input.request
      const said = { CSeq: headers.get('cseq') ?? '', Session: '1' }
      if (method === 'DESCRIBE') socket.write(rtspResponse(200, { ...said, 'Content-Type': 'application/sdp' }, SDP))
      else if (method === 'SETUP') socket.write(rtspResponse(200, { ...said, Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' }))
      else socket.write(rtspResponse(200, { ...said, Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN' }))
      if (method === 'PLAY') play(socket, units, first)
    }
  }
}

function play(socket: Socket, units: readonly Uint8Array[][], first: number): void {
  const packetiser = h265Packetiser()
  const startMs = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (; sent * 1_000 / FPS < performance.now() - startMs; sent++) {
      for (const rtp of packetiser.packets(units[(first + sent) % units.length]!, 1_000 + sent * 90_000 / FPS)) socket.write(Buffer.concat([Uint8Array.of(0x24, 0, rtp.length >> 8, rtp.length & 0xff), rtp]))
    }
  }, 10)
  socket.once('close', () => clearInterval(timer))
}
