/** The words in packets of text that containers carry. Pure; codecs by FFmpeg's names. */
import { tidied } from '../formats/cue.ts'
import { withoutMarkup } from '../formats/srt.ts'
import { MAX_SPEAKER } from '../transcript.ts'

export interface Said { readonly text: string; readonly speaker: string }

const READERS: Readonly<Record<string, (bytes: Uint8Array) => Said>> = {
  mov_text: (bytes) => said(timedText(bytes)),
  text: (bytes) => said(utf8(bytes)),
  subrip: (bytes) => said(withoutMarkup(utf8(bytes))),
  webvtt: (bytes) => said(utf8(bytes).replace(/<[^<>]{0,500}>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')),
  ass: (bytes) => dialogue(utf8(bytes)),
  ssa: (bytes) => dialogue(utf8(bytes))
}

/** Undefined for codecs whose captions are pictures, or that are not known here. */
export const readerOf = (codec: string): ((bytes: Uint8Array) => Said) | undefined => Object.hasOwn(READERS, codec) ? READERS[codec] : undefined

const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const said = (text: string): Said => ({ text: tidied(text), speaker: '' })

/** 3GPP TS 26.245: the length of the text in two bytes, the text, and boxes of looks. */
function timedText(bytes: Uint8Array): string {
  if (bytes.byteLength < 2) return ''
  const length = (bytes[0]! << 8) | bytes[1]!
  const text = bytes.subarray(2, 2 + length)
  const isUtf16 = (text[0] === 0xfe && text[1] === 0xff) || (text[0] === 0xff && text[1] === 0xfe)
  return isUtf16 ? new TextDecoder(text[0] === 0xfe ? 'utf-16be' : 'utf-16le').decode(text) : utf8(text)
}

/** `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`; shapes that are drawn are no words. */
function dialogue(line: string): Said {
  const fields = line.split(',')
  const [name, text] = [fields[3] ?? '', fields.slice(8).join(',')]
  if (/\{[^{}]*\\p[1-9]/.test(text)) return { text: '', speaker: '' }
  return { text: tidied(text.replace(/\{[^{}]*\}/g, '').replace(/\\[Nnh]/g, ' ')), speaker: tidied(name).slice(0, MAX_SPEAKER) }
}
