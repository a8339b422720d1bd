/** A browser made of plain objects, whose clock and timers a test turns by hand. */
export class FakePeer extends EventTarget {
  iceGatheringState = 'new'
  connectionState = 'new'
  localDescription: { sdp: string } | null = null
  answer = ''
  iceServers: object[] = []
  closed = false
  readonly directions: string[] = []
  readonly senders: FakeSender[] = []
  preferred: string[] = []
  addTransceiver(what: string | FakeTrack, { direction, sendEncodings }: { direction: string; sendEncodings?: Array<{ maxBitrate: number }> }): object {
    if (typeof what !== 'string') this.senders.push(new FakeSender(what, sendEncodings?.[0]?.maxBitrate))
    this.directions.push(`${typeof what === 'string' ? what : what.kind} ${direction}`)
    return { setCodecPreferences: (codecs: Array<{ mimeType: string }>) => { this.preferred = codecs.map(({ mimeType }) => mimeType) } }
  }
  getSenders(): FakeSender[] { return this.senders }
  async createOffer(): Promise<object> { return { type: 'offer', sdp: 'offer' } }
  async setLocalDescription(): Promise<void> { this.localDescription = { sdp: 'offer' } }
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> { this.answer = sdp }
  close(): void { this.closed = true }
  gathered(): void {
    this.iceGatheringState = 'complete'
    this.localDescription = { sdp: 'offer with candidates' }
    this.dispatchEvent(new Event('icegatheringstatechange'))
  }
  become(state: string): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }
}

export interface FakeTrack { readonly kind: string; readonly id: string }

class FakeSender {
  track: FakeTrack | null
  readonly maxBitrate: number | undefined
  constructor(track: FakeTrack, maxBitrate: number | undefined) {
    this.track = track
    this.maxBitrate = maxBitrate
  }
  async replaceTrack(track: FakeTrack | null): Promise<void> { this.track = track }
}

interface Asked { method: string; url: string; body?: unknown; keepalive?: boolean }
interface State { type: string; reason?: string; attempt?: number; atMs?: number }

/** `answer` is what POST is answered with. */
export function fakeBrowser(answer: () => Response) {
  const timers = new Map<number, { act: () => void; atMs: number }>()
  const browser = {
    iceServers: [] as object[], nowMs: 0, lastTimer: 0, peers: [] as FakePeer[], asked: [] as Asked[], states: [] as State[],
    environment: {
      base: 'http://node/page',
      fetch: async (url: string, { method, body, keepalive }: { method: string; body?: unknown; keepalive?: boolean }) => {
        browser.asked.push({ method, url, body, keepalive })
        return method === 'DELETE' ? new Response(null) : answer()
      },
      iceServers: async () => browser.iceServers,
      sentCodecs: () => ['video/VP8', 'video/rtx', 'video/AV1', 'video/H264', 'video/VP9'].map((mimeType) => ({ mimeType })),
      createPeer: (iceServers: object[]) => {
        const peer = new FakePeer()
        peer.iceServers = iceServers
        browser.peers.push(peer)
        return peer
      },
      createStream: () => ({ addTrack: () => undefined }),
      now: () => browser.nowMs,
      random: () => 0.5,
      setTimer: (act: () => void, ms: number) => {
        timers.set(++browser.lastTimer, { act, atMs: browser.nowMs + ms })
        return browser.lastTimer
      },
      clearTimer: (timer: number) => { timers.delete(timer) }
    },
    async pass(ms: number): Promise<void> {
      browser.nowMs += ms
      for (const [id, { act, atMs }] of timers) if (atMs <= browser.nowMs && timers.delete(id)) act()
      await settle()
    },
    get peer(): FakePeer { return browser.peers.at(-1)! },
    get state(): State { return browser.states.at(-1)! }
  }
  return browser
}

export const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(() => setImmediate(resolve)) })
