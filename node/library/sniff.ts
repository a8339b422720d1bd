/** What the first bytes of a file say it is. */
export interface FileType {
  readonly mime: string
  /** FFmpeg demuxer to open it with: naming it keeps playlists and scripts, which reach for other files, out. */
  readonly demuxer: string
  /** Extension of a file of this type. */
  readonly extension: string
}

/** Bytes of a file that `sniff` wants to see. @default 65536 */
export const SNIFF_BYTES = 65_536

interface Signature extends FileType {
  readonly matches: (head: Buffer) => boolean
}

const at = (offset: number, ...texts: string[]) => (head: Buffer): boolean =>
  texts.some((text) => head.length >= offset + text.length && head.toString('latin1', offset, offset + text.length) === text)

const both = (...tests: Array<(head: Buffer) => boolean>) => (head: Buffer): boolean => tests.every((test) => test(head))

const BOXES = ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']
const HEIF_BRANDS = ['heic', 'heix', 'hevc', 'heim', 'heis', 'mif1', 'msf1']

const SIGNATURES: readonly Signature[] = [
  { mime: 'image/avif', demuxer: 'mov', extension: 'avif', matches: both(at(4, 'ftyp'), at(8, 'avif', 'avis')) },
  { mime: 'image/heic', demuxer: 'mov', extension: 'heic', matches: both(at(4, 'ftyp'), at(8, ...HEIF_BRANDS)) },
  { mime: 'audio/mp4', demuxer: 'mov', extension: 'm4a', matches: both(at(4, 'ftyp'), at(8, 'M4A ', 'M4B ')) },
  { mime: 'video/3gpp', demuxer: 'mov', extension: '3gp', matches: both(at(4, 'ftyp'), at(8, '3gp', '3g2')) },
  { mime: 'video/quicktime', demuxer: 'mov', extension: 'mov', matches: both(at(4, 'ftyp'), at(8, 'qt  ')) },
  { mime: 'video/mp4', demuxer: 'mov', extension: 'mp4', matches: at(4, 'ftyp') },
  { mime: 'video/quicktime', demuxer: 'mov', extension: 'mov', matches: at(4, ...BOXES) },
  { mime: 'video/webm', demuxer: 'matroska', extension: 'webm', matches: both(at(0, '\x1a\x45\xdf\xa3'), (head) => head.subarray(0, 64).includes('webm')) },
  { mime: 'video/x-matroska', demuxer: 'matroska', extension: 'mkv', matches: at(0, '\x1a\x45\xdf\xa3') },
  { mime: 'audio/wav', demuxer: 'wav', extension: 'wav', matches: both(at(0, 'RIFF', 'RF64'), at(8, 'WAVE')) },
  { mime: 'video/x-msvideo', demuxer: 'avi', extension: 'avi', matches: both(at(0, 'RIFF'), at(8, 'AVI ')) },
  { mime: 'image/webp', demuxer: 'webp_pipe', extension: 'webp', matches: both(at(0, 'RIFF'), at(8, 'WEBP')) },
  { mime: 'audio/flac', demuxer: 'flac', extension: 'flac', matches: at(0, 'fLaC') },
  { mime: 'audio/ogg', demuxer: 'ogg', extension: 'ogg', matches: at(0, 'OggS') },
  { mime: 'audio/aiff', demuxer: 'aiff', extension: 'aiff', matches: both(at(0, 'FORM'), at(8, 'AIFF', 'AIFC')) },
  { mime: 'image/jpeg', demuxer: 'jpeg_pipe', extension: 'jpg', matches: at(0, '\xff\xd8\xff') },
  { mime: 'image/png', demuxer: 'png_pipe', extension: 'png', matches: at(0, '\x89PNG\r\n\x1a\n') },
  { mime: 'image/gif', demuxer: 'gif', extension: 'gif', matches: at(0, 'GIF87a', 'GIF89a') },
  { mime: 'image/tiff', demuxer: 'tiff_pipe', extension: 'tiff', matches: at(0, 'II*\0', 'MM\0*') },
  { mime: 'image/bmp', demuxer: 'bmp_pipe', extension: 'bmp', matches: both(at(0, 'BM'), at(6, '\0\0\0\0')) },
  { mime: 'application/mxf', demuxer: 'mxf', extension: 'mxf', matches: at(0, '\x06\x0e\x2b\x34') },
  { mime: 'video/mpeg', demuxer: 'mpeg', extension: 'mpg', matches: at(0, '\0\0\x01\xba') },
  { mime: 'video/mp2t', demuxer: 'mpegts', extension: 'ts', matches: (head) => isTransportStream(head, 188, 0) || isTransportStream(head, 192, 4) },
  { mime: 'video/x-ms-asf', demuxer: 'asf', extension: 'wmv', matches: at(0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11') },
  { mime: 'video/x-flv', demuxer: 'flv', extension: 'flv', matches: at(0, 'FLV\x01') },
  { mime: 'audio/mpeg', demuxer: 'mp3', extension: 'mp3', matches: (head) => at(0, 'ID3')(head) || isMpegAudio(head) },
  { mime: 'audio/aac', demuxer: 'aac', extension: 'aac', matches: isAdts }
]

/** FFmpeg's demuxer for a type that `sniff` told earlier; undefined for one it never tells. */
export function demuxerOf(mime: string): string | undefined {
  return (SIGNATURES.find((signature) => signature.mime === mime) ?? SIGNATURES.find((signature) => signature.mime.replace(/^video\//, 'audio/') === mime))?.demuxer
}

/** The type of a file by its first `SNIFF_BYTES` bytes, whatever its name says; undefined when it is no media we read. */
export function sniff(head: Uint8Array): FileType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  return SIGNATURES.find((signature) => signature.matches(bytes))
}

/** Sync bytes at three packet starts: one would also be the letter G. */
function isTransportStream(head: Buffer, packetBytes: number, offset: number): boolean {
  return [0, 1, 2].every((packet) => head[offset + packet * packetBytes] === 0x47)
}

/** Two frame headers one frame apart (ISO/IEC 11172-3 §2.4.1.3, layer III). */
function isMpegAudio(head: Buffer): boolean {
  const length = mpegFrameBytes(head, 0)
  return length !== undefined && (mpegFrameBytes(head, length) !== undefined)
}

const MPEG1_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const MPEG2_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const SAMPLE_RATES = [44_100, 48_000, 32_000]

function mpegFrameBytes(head: Buffer, offset: number): number | undefined {
  const [a, b, c] = [head[offset], head[offset + 1], head[offset + 2]]
  if (a !== 0xff || b === undefined || c === undefined || (b & 0xe6) !== 0xe2) return undefined // sync and layer III
  const version = (b >> 3) & 3
  const kbits = (version === 3 ? MPEG1_KBITS : MPEG2_KBITS)[c >> 4]
  const rate = SAMPLE_RATES[(c >> 2) & 3]
  if (version === 1 || kbits === undefined || kbits === 0 || rate === undefined) return undefined
  const hertz = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4
  return Math.floor(((version === 3 ? 144_000 : 72_000) * kbits) / hertz) + ((c >> 1) & 1)
}

/** Two ADTS headers one frame apart (ISO/IEC 14496-3 §1.A.2.2). */
function isAdts(head: Buffer): boolean {
  const length = adtsFrameBytes(head, 0)
  return length !== undefined && adtsFrameBytes(head, length) !== undefined
}

function adtsFrameBytes(head: Buffer, offset: number): number | undefined {
  if (head.length < offset + 7 || head[offset] !== 0xff || ((head[offset + 1] ?? 0) & 0xf6) !== 0xf0) return undefined
  const length = (head.readUInt32BE(offset + 3) >> 13) & 0x1fff
  return length > 7 ? length : undefined
}
