/** An RTSP client of few words: sends what it is told and keeps what comes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseRtp, type RtpPacket } from '#protocols/rtp/packet.ts'
import { until } from './until.ts'

export interface RtspAnswer { readonly status: number; readonly headers: Map<string, string>; readonly body: string }
export interface ChannelPacket { readonly channel: number; readonly bytes: Buffer }

export class RtspClient {
  readonly socket: Socket
  readonly packets: ChannelPacket[] = []
  readonly #answers: RtspAnswer[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #sequence = 0
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes])
      while (this.#takeOne());
    })
    socket.on('error', () => {}).on('close', () => { this.closed = true })
  }

  static async connect(url: string): Promise<RtspClient> {
    const { hostname, port } = new URL(url.replace('rtsp:', 'http:'))
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new RtspClient(socket)
  }

  async send(method: string, url: string, headers: Record<string, string> = {}): Promise<RtspAnswer> {
    const lines = Object.entries({ CSeq: String(++this.#sequence), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    return this.raw(`${method} ${url} RTSP/1.0\r\n${lines.join('')}\r\n`)
  }

  async raw(text: string): Promise<RtspAnswer> {
    this.socket.write(text)
    return until(() => this.#answers.shift(), `an answer to ${text.slice(0, 60)}`)
  }

  /** Set both tracks up inside the connection and play. Answers the session's id. */
  async play(camera: string): Promise<string> {
    const video = await this.send('SETUP', `${camera}/trackID=0`, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' })
    const session = (video.headers.get('session') ?? '').split(';')[0]!
    await this.send('SETUP', `${camera}/trackID=1`, { Transport: 'RTP/AVP/TCP;unicast;interleaved=2-3', Session: session })
    await this.send('PLAY', camera, { Session: session })
    return session
  }

  rtp(channel: number): RtpPacket[] {
    return this.packets.filter((packet) => packet.channel === channel).map(({ bytes }) => parseRtp(bytes))
  }

  end(): void { this.socket.destroy() }

  #takeOne(): boolean {
    if (this.#bytes[0] === 0x24) return this.#takePacket()
    const head = this.#bytes.indexOf('\r\n\r\n')
    if (head < 0) return false
    const [first = '', ...lines] = this.#bytes.toString('latin1', 0, head).split('\r\n')
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
    const end = head + 4 + Number(headers.get('content-length') ?? 0)
    if (this.#bytes.length < end) return false
    this.#answers.push({ status: Number(first.split(' ')[1]), headers, body: this.#bytes.toString('utf8', head + 4, end) })
    this.#bytes = this.#bytes.subarray(end)
    return true
  }

  #takePacket(): boolean {
    const end = this.#bytes.length < 4 ? Infinity : 4 + this.#bytes.readUInt16BE(2)
    if (this.#bytes.length < end) return false
    this.packets.push({ channel: this.#bytes[1]!, bytes: Buffer.from(this.#bytes.subarray(4, end)) })
    this.#bytes = this.#bytes.subarray(end)
    return true
  }
}
