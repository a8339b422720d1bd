import type { FileType } from './sniff.ts'

/** A format of cameras that is kept though nothing here shows its pictures. An empty `demuxer`: FFmpeg does not open it at all. */
export interface CameraType extends FileType {
  readonly kind: 'video' | 'image'
}

const latin = (head: Buffer, from: number, to: number): string => head.toString('latin1', from, to)
const isTiff = (head: Buffer): boolean => ['II*\0', 'MM\0*', 'IIRO', 'IIRS', 'MMOR', 'IIU\0', 'II+\0', 'MM\0+'].includes(latin(head, 0, 4))

/** Raw pictures that are TIFF inside: told apart by their names. */
const TIFF_RAW: Readonly<Record<string, string>> = {
  dng: 'image/x-adobe-dng', cr2: 'image/x-canon-cr2', nef: 'image/x-nikon-nef', nrw: 'image/x-nikon-nrw', arw: 'image/x-sony-arw', sr2: 'image/x-sony-sr2', srf: 'image/x-sony-srf', orf: 'image/x-olympus-orf', rw2: 'image/x-panasonic-rw2',
  rwl: 'image/x-leica-rwl', pef: 'image/x-pentax-pef', srw: 'image/x-samsung-srw', '3fr': 'image/x-hasselblad-3fr', fff: 'image/x-hasselblad-fff', iiq: 'image/x-phaseone-iiq', erf: 'image/x-epson-erf', mef: 'image/x-mamiya-mef', kdc: 'image/x-kodak-kdc', dcr: 'image/x-kodak-dcr', gpr: 'image/x-gopro-gpr'
}

interface Rule extends CameraType {
  readonly matches: (head: Buffer, extension: string) => boolean
}

const opaque = (kind: 'video' | 'image', extension: string, mime: string, matches: Rule['matches']): Rule => ({ kind, extension, mime, demuxer: '', matches })

const RULES: readonly Rule[] = [
  opaque('image', 'cr3', 'image/x-canon-cr3', (head) => latin(head, 4, 12) === 'ftypcrx '),
  opaque('image', 'raf', 'image/x-fuji-raf', (head) => latin(head, 0, 15) === 'FUJIFILMCCD-RAW'),
  opaque('image', 'x3f', 'image/x-sigma-x3f', (head) => latin(head, 0, 4) === 'FOVb'),
  opaque('image', 'mrw', 'image/x-minolta-mrw', (head) => latin(head, 0, 4) === '\0MRM'),
  opaque('image', 'psd', 'image/vnd.adobe.photoshop', (head) => latin(head, 0, 4) === '8BPS'),
  opaque('image', 'ari', 'image/x-arri-ari', (head) => latin(head, 0, 4) === 'ARRI'),
  opaque('video', 'r3d', 'video/x-red-r3d', (head) => ['RED1', 'RED2'].includes(latin(head, 4, 8))),
  opaque('video', 'nev', 'video/x-nikon-nev', (head, extension) => extension === 'nev' && latin(head, 4, 7) === 'RED'),
  opaque('video', 'crm', 'video/x-canon-crm', (head, extension) => extension === 'crm' && latin(head, 4, 8) === 'ftyp'),
  { kind: 'video', extension: 'braw', mime: 'video/x-blackmagic-braw', demuxer: 'mov', matches: (head, extension) => extension === 'braw' && /^(?:ftyp|wide|mdat|moov|free|skip)$/.test(latin(head, 4, 8)) }
]

/** A camera's own format by its bytes and, where those do not tell, its name; undefined for every other file. */
export function cameraType(head: Uint8Array, name: string): CameraType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const extension = /\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const mime = TIFF_RAW[extension]
  if (mime !== undefined && isTiff(bytes)) return { kind: 'image', mime, extension, demuxer: '' }
  return RULES.find(({ matches }) => matches(bytes, extension))
}
