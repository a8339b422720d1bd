import type { CameraId } from '#protocols/ids.ts'
import { type HeardNote, type HourNote, hourOf, type Ring } from '#ring'
import { HEARD, type SubjectEntries, type WordsEntry } from '../../index/entries.ts'
import type { Span } from '../../subject.ts'
import { entriesOf } from '../entries.ts'
import type { Transcript } from '../transcript.ts'
import type { TranscriptStore } from '../transcript-store.ts'

/** Silence that was listened to on both sides of less than this is one, in ms. @default 1000 */
export const TOUCHING_MS = 1_000

export interface HeardNotesComponents {
  readonly ring: Pick<Ring, 'writing'> & { readonly catalog: { readonly policy: Pick<Ring['catalog']['policy'], 'note'>; readonly index: Pick<Ring['catalog']['index'], 'notes'> } }
  readonly store: Pick<TranscriptStore, 'put' | 'lines'>
}

/** What was heard of cameras, in the ring: a transcript for each stretch in which somebody spoke, named by the notes of its hour. */
export interface HeardNotes {
  /** For the index. @throws ChunkNotFoundError */
  entriesOf(camera: CameraId, note: HeardNote): Promise<SubjectEntries>
  /** What was listened to, and said, between two moments, Unix ms. @throws ChunkNotFoundError */
  between(camera: CameraId, span: Span): Promise<{ readonly heard: Span[]; readonly lines: Array<Span & { readonly text: string }> }>
  /** Of a stretch within an hour, Unix ms; the transcript counts from its beginning. */
  write(camera: CameraId, stretch: Pick<HeardNote, 'fromMs' | 'toMs'>, transcript: Transcript): Promise<void>
}

export function createHeardNotes({ ring, store }: HeardNotesComponents): HeardNotes {
  /** Unix ms. */
  async function wordsOf({ fromMs, toMs, blob }: HeardNote): Promise<WordsEntry[]> {
    const said = blob === undefined ? [] : entriesOf(await store.lines(blob))
    return said.map((entry) => ({ ...entry, fromMs: fromMs + entry.fromMs, toMs: fromMs + entry.toMs, pictureMs: fromMs + entry.pictureMs })).filter((entry) => entry.fromMs < toMs)
  }

  return {
    async between(camera, span) {
      const isIn = ({ fromMs, toMs }: Span): boolean => fromMs < span.toMs && toMs > span.fromMs
      const heard = apart(ring.catalog.index.notes(camera, span.fromMs, span.toMs)).filter(isIn)
      const lines: WordsEntry[] = []
      for (const note of heard) lines.push(...(await wordsOf(note)).filter(isIn))
      return { heard: heard.map(({ fromMs, toMs }) => ({ fromMs, toMs })), lines: lines.map(({ fromMs, toMs, text }) => ({ fromMs, toMs, text })) }
    },
    async entriesOf(camera, note) {
      const { fromMs, toMs } = note
      const words = await wordsOf(note)
      return { subject: { kind: 'camera', id: camera }, stretch: { fromMs, toMs: toMs + 1 }, track: 'sound', vectors: [], words, understood: { ms: toMs - fromMs, readings: [heardReading(note)] } }
    },
    async write(camera, { fromMs, toMs }, transcript) {
      const written = ring.writing()
      try {
        const one = { fromMs, toMs, ...(transcript.lines.length > 0 && { blob: await store.put(transcript) }) }
        await ring.catalog.policy.note(camera, hourOf(fromMs), (note) => ({ ...note, heard: joined([...note.heard ?? [], one]) }))
      } finally {
        written()
      }
    }
  }
}

/** Of what a note names, with its time. */
export const heardReading = ({ fromMs, toMs, blob }: HeardNote): string => `${HEARD}${fromMs}-${toMs}@${blob ?? ''}`

/** All that notes of one camera say was heard, in order: where two nodes listened to the same, what the first of it says. */
export function apart(notes: ReadonlyArray<Pick<HourNote, 'heard'>>): HeardNote[] {
  const all = notes.flatMap(({ heard = [] }) => heard).sort((a, b) => a.fromMs - b.fromMs || b.toMs - a.toMs || (heardReading(a) < heardReading(b) ? -1 : 1))
  let endMs = -Infinity
  return all.filter(({ fromMs, toMs }) => {
    if (fromMs < endMs - TOUCHING_MS) return false
    endMs = toMs
    return true
  })
}

/** In order; silence that goes on is one. */
export function joined(heard: readonly HeardNote[]): HeardNote[] {
  return heard.toSorted((a, b) => a.fromMs - b.fromMs).reduce<HeardNote[]>((all, one) => {
    const last = all.at(-1)
    const goesOn = last !== undefined && last.blob === undefined && one.blob === undefined && one.fromMs - last.toMs <= TOUCHING_MS
    return goesOn ? [...all.slice(0, -1), { fromMs: last.fromMs, toMs: Math.max(last.toMs, one.toMs) }] : [...all, one]
  }, [])
}
