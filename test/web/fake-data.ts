import type { AssetDetail, CameraDevice, CameraSettings, CameraView, DeviceControlView, DeviceList, DeviceModeView, DeviceView, Ledger, RecordingList, RingView } from '#protocols/http.ts'

const NODES = ['alder', 'birch', 'cedar']
const GB = 1e9

/** A ring of three nodes in which cedar can be made silent. */
export function fakeRing({ cedarAlive = true, http = ['', '', ''] }: { readonly cedarAlive?: boolean; readonly http?: readonly string[] } = {}): RingView {
  const now = Date.now()
  return {
    ringId: 'r7kq2mzx5d', self: '12D3KooWalder', name: 'alder', replicas: 3, writeQuorum: 2,
    members: NODES.map((name, at) => ({
      peerId: `12D3KooW${name}${'x'.repeat(36)}`, name, zone: ['studio', 'studio', 'barn'][at] ?? '', weight: 1, state: 'active', self: at === 0, alive: at !== 2 || cedarAlive,
      lastHeardMs: at === 2 && !cedarAlive ? now - 184_000 : now - 400, addresses: [`/ip4/192.168.1.${20 + at}/tcp/4001`], http: http[at] ?? '',
      freeBytes: [412, 96, 1830][at]! * GB, usedBytes: [88, 804, 170][at]! * GB, chunks: [84_210, 79_444, 81_002][at]!, acceptsWrites: true, disk: 'ok', partitions: 256
    })),
    partitions: Array.from({ length: 256 }, (_, partition) => {
      const first = (partition * 7919 + (partition >> 3) * 13) % 3
      return partition % 2 === 0 ? [first, (first + 1) % 3, (first + 2) % 3] : [first, (first + 2) % 3, (first + 1) % 3]
    }),
    layout: { version: 3, older: [], moved: 256, partitions: 256 }, gone: [],
    repair: { running: !cedarAlive, missingCopies: cedarAlive ? 0 : 81_002, singleCopies: 0, lastRunMs: now - 42_000 },
    health: cedarAlive ? 'ok' : 'degraded',
    reasons: cedarAlive ? [] : ['cedar has been silent for 3 min: 81,002 chunks have 2 of 3 copies. Start its machine, or wait: from 10 min of silence on, the others take over its copies.']
  }
}

/** porch is fine, garage's recording is late, attic is not live. */
export function fakeCameras(): CameraView[] {
  const now = Date.now()
  const camera = (name: string, node: number | null, change: Partial<CameraView>): CameraView => ({
    id: `cam-${name}`, name, source: 'test', live: node !== null, node: node === null ? null : { peerId: `12D3KooW${NODES[node]}`, name: NODES[node] ?? '' }, here: node === 0,
    recording: node !== null, mode: 'continuous', away: false, notExpected: null, lastDurableMs: now - 1200, durableCopies: 2, bitsPerSecond: 2_430_000, width: 1280, height: 720, framesPerSecond: 30, audio: true, sinceMs: now - 7_200_000,
    reason: node === null ? '/dev/video0 is busy: another program uses it' : null, note: null, enabled: true, adjustable: true, settable: false, ...change
  })
  return [camera('porch', 1, {}), camera('garage', 0, { settable: true, lastDurableMs: now - 8000 }), camera('attic', null, { lastDurableMs: now - 3_600_000 })]
}

/** What the device of garage offers, is set to, and was ordered to be. */
export function fakeCameraDevice(): CameraDevice {
  const mode = (format: string, width: number, height: number, ...fps: number[]): DeviceModeView => ({ format, width, height, fps, anyRate: false })
  const control = (name: string, kind: string, value: number, change: Partial<DeviceControlView> = {}): DeviceControlView => ({ name, kind, min: 0, max: kind === 'switch' ? 1 : 255, step: 1, defaultValue: 128, value, choices: [], locked: false, ...change })
  const [device] = fakeDevices().machines[1]!.devices
  return {
    device: {
      ...device!, state: 'in use', camera: 'cam-garage', now: mode('MJPG', 1280, 720, 30), modes: [mode('MJPG', 1920, 1080, 30, 15), mode('MJPG', 1280, 720, 30), mode('YUYV', 640, 480, 30)],
      controls: [
        control('brightness', 'integer', 128), control('white_balance_automatic', 'switch', 1, { defaultValue: 1 }), control('white_balance_temperature', 'integer', 4600, { min: 2800, max: 6500, step: 10, defaultValue: 4600, locked: true }),
        control('power_line_frequency', 'menu', 1, { max: 2, defaultValue: 1, choices: ['Disabled', '50 Hz', '60 Hz'].map((label, value) => ({ value, label })) }), control('gain', 'integer', 7, { defaultValue: 0 })
      ]
    },
    settings: { controls: { gain: 7 } }
  }
}

/** The attic's machine has a webcam that is free, one that is in use and one that it may not open; the node itself sees nothing. */
export function fakeDevices(): DeviceList {
  const webcam = (at: number, change: Partial<DeviceView>): DeviceView => ({ kind: 'v4l2', source: `v4l2:/dev/video${at}`, name: `Webcam ${at}`, aliases: [`v4l2:usb-8F2A1${at}`], state: 'free', camera: null, reason: null, modes: [], controls: [], now: null, ...change })
  const devices = [webcam(0, {}), webcam(2, { state: 'in use', camera: 'cam-porch' }), webcam(4, { state: 'refused', reason: 'permission denied: add this user to the group "video"' })]
  return { machines: [{ peerId: `12D3KooW${NODES[0]}`, name: NODES[0] ?? '', role: 'node', devices: [] }, { peerId: '12D3KooWattic', name: 'attic-pi', role: 'peer', devices }], silent: [], nowMs: Date.now() }
}

const asset = (at: number, title: string, name: string, change: Partial<AssetDetail> = {}): AssetDetail => ({
  id: `asset-${at}`, name, title, kind: 'video', mime: 'video/mp4', size: 48_211_904 + at * 1_234_567, importedAtMs: Date.UTC(2026, 10, 20, 9, at), editedAtMs: Date.UTC(2026, 10, 21), rating: at % 6, tags: [], notes: '',
  marks: { label: '', flag: '', licence: '', releases: '', state: '', stack: '' }, albums: [], fields: {}, batch: null, poster: true,
  probe: { container: 'mov,mp4', durationMs: 4000 + at * 37_400, videoCodec: 'h264', width: 1920, height: 1080, framesPerSecond: 25, audioCodec: 'aac', sampleRate: 48_000, channels: 2, bitsPerSecond: 8_400_000, createdAtMs: Date.UTC(2026, 9, 3, 16, 20) },
  locations: [{ node: 'alder', path: `shoot/day 1/${name}` }], copies: [{ node: 'alder', alive: true, chunks: 46 }, { node: 'birch', alive: true, chunks: 46 }, { node: 'cedar', alive: false, chunks: 31 }], chunks: 46, lastVerifiedMs: Date.now() - 3 * 86_400_000, ...change
})

/** A small library of every kind; asset-0 plays in any browser, asset-4 in none. */
export function fakeAssets(): AssetDetail[] {
  return [
    asset(0, 'Tide coming in at the harbour', 'A001_C003.mp4', { tags: ['harbour', 'b-roll'], rating: 4, notes: 'Good light from 0:40 on.', probe: { container: 'mov,mp4', durationMs: 4000, videoCodec: 'h264', width: 640, height: 360, framesPerSecond: 25, audioCodec: 'aac', sampleRate: 48_000, channels: 2, bitsPerSecond: 1_900_000, gps: { latitude: 50.13275, longitude: -5.06321 } } }),
    asset(1, 'Interview with Maren, first take', 'A001_C004.mp4', { tags: ['interview'], rating: 5 }),
    asset(2, '', 'drone_0231.mp4', { tags: ['aerial', 'b-roll'] }),
    asset(3, 'Storefront, vertical', 'IMG_8812.mov', { tags: [] }),
    asset(4, 'Colour bars, master', 'bars_master.mov', { mime: 'video/quicktime', rating: 0, probe: { container: 'mov,mp4', durationMs: 10_000, videoCodec: 'prores', width: 1920, height: 1080, framesPerSecond: 25 } }),
    asset(5, 'Room tone, kitchen', 'kitchen tone.wav', { kind: 'audio', mime: 'audio/wav', poster: false, probe: { container: 'wav', durationMs: 3000, audioCodec: 'pcm_s16le', sampleRate: 44_100, channels: 1 } }),
    asset(6, 'Set plan', 'set plan.png', { kind: 'image', mime: 'image/png', tags: ['paper'], probe: { container: 'png_pipe', videoCodec: 'png', width: 640, height: 480 } }),
    ...Array.from({ length: 17 }, (_, at) => asset(at + 7, `Rehearsal ${at + 1}`, `B002_C0${10 + at}.mp4`, { tags: ['rehearsal'] }))
  ]
}

/** Recordings of the hours before `now` with a gap of 4 s, one from 22 to 14 minutes before, and a span that still grows. */
export function fakeRecordings(camera: string, fromMs: number, toMs: number, now = Date.now()): RecordingList {
  const at = (minutes: number, seconds = 0): number => now - minutes * 60_000 + seconds * 1000
  const span = (session: string, startMs: number, endMs: number, node: string, growing = false, ended: string | null = null): RecordingList['spans'][number] => ({ session, startMs, endMs, bytes: (endMs - startMs) * 300, node, growing, ended })
  const spans = [span('s1', at(95), at(41), 'birch', false, 'node lost'), span('s2', at(41, 4), at(22), 'alder', false, 'camera unplugged'), span('s3', at(14), now - 1500, 'birch', true)]
  const gaps = [{ startMs: at(41), endMs: at(41, 4), reason: 'birch went away; the camera moved to alder' }, { startMs: at(22), endMs: at(14), reason: 'the camera was unplugged' }]
  const seen = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): boolean => endMs > fromMs && startMs < toMs
  const hours = [...new Set(spans.flatMap(({ startMs, endMs }) => [startMs, endMs]).map((ms) => new Date(ms).toISOString().slice(0, 13)))]
  return { camera, fromMs, toMs, spans: spans.filter(seen), gaps: gaps.filter(seen), hours }
}

/** The same hours as a ledger: lost where there are gaps, not expected before it all. */
export function fakeLedger(camera: string, fromMs: number, toMs: number, now = Date.now()): Ledger {
  const { spans, gaps } = fakeRecordings(camera, 0, Number.MAX_SAFE_INTEGER, now)
  const known: Ledger['ranges'] = [
    ...spans.map(({ startMs, endMs, node }) => ({ startMs, endMs, state: 'recorded' as const, reason: null, node })),
    ...gaps.map(({ startMs, endMs, reason }) => ({ startMs, endMs, state: 'lost' as const, reason }))
  ].sort((a, b) => a.startMs - b.startMs)
  const first = known[0]?.startMs ?? toMs
  const last = known.at(-1)?.endMs ?? fromMs
  const all: Ledger['ranges'] = [
    { startMs: 0, endMs: first - 1_800_000, state: 'not-expected', reason: 'outside schedule' }, { startMs: first - 1_800_000, endMs: first, state: 'not-expected', reason: 'before first attach' },
    ...known, { startMs: last, endMs: Number.MAX_SAFE_INTEGER, state: 'not-expected', reason: 'not yet' }
  ]
  const ranges = all.filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs).map((range) => ({ ...range, startMs: Math.max(range.startMs, fromMs), endMs: Math.min(range.endMs, toMs) }))
  return { camera, fromMs, toMs, nowMs: Date.now(), ranges, truncated: false }
}

/** How a camera is recorded before anybody decides. */
export function fakeSettings(id: string): CameraSettings {
  return {
    id, name: id.slice(4), record: { mode: 'continuous', on: false, schedule: [], timeZone: 'UTC', away: false, preRollSeconds: 5, postRollSeconds: 10, master: 'as-sent', sinceMs: 0 }, retention: { days: null, gigabytes: null, motionDays: null, whenFull: 'keep' },
    expected: true, reason: null, footage: { hours: 41, bytes: 88_400_000_000, oldestMs: Date.now() - 41 * 3_600_000 }
  }
}
