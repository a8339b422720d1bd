import { join } from 'node:path'
import { RefusedError } from '#protocols/errors.ts'
import type { Asset, Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createBlobDoor } from '../../derive/blob-door.ts'
import type { Originals } from '../../folders/originals.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import { demuxerOf } from '../../library/sniff.ts'
import type { Edits } from '../../organise/edits.ts'
import type { Recordings } from '../../recording/recordings.ts'
import type { Texts } from '../analysis/sentences/texts.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import { createOriginalCaptions } from './captions/original-captions.ts'
import { type CameraListener, createCameraListener } from './cameras/camera-listener.ts'
import { createHeardNotes, type HeardNotes } from './cameras/heard-notes.ts'
import { createListen } from './listen.ts'
import { createMediaReader } from './sound/media-process.ts'
import type { SoundPiece } from './sound/media-orders.ts'
import { createSaidTexts } from './said-texts.ts'
import { createSpeechSource, type SpeechSource } from './speech-source.ts'
import { createTranscriptEdits, type TranscriptEdits } from './transcript-edits.ts'
import { createTranscriptStore, type TranscriptStore } from './transcript-store.ts'
import { createTranscriptions, modelInUse, type Transcriptions } from './transcriptions.ts'

/** Sound is read so far beyond the length a file says it has, in ms: what claims to be later is damaged. @default 60000 */
export const MORE_SOUND_MS = 60_000

export interface TranscriptsComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly originals: Pick<Originals, 'read'>
  readonly recordings: Pick<Recordings, 'open'>
  readonly edits: Pick<Edits, 'many'>
  readonly inference: Pick<Inference, 'findSpeech' | 'model' | 'transcribe' | 'whyNot'>
  readonly models: Pick<Models, 'changed' | 'usedFor'>
  readonly log: Logger
}

/** What is said in the library and before cameras: captions that came with files, what a model hears, and what people make of it. */
export interface Transcripts extends Startable {
  readonly store: TranscriptStore
  readonly edits: TranscriptEdits
  /** What is said, as it is searched for. */
  readonly speech: SpeechSource
  /** The same in passages, for what it means. */
  readonly said: Texts
  /** What was heard of cameras. */
  readonly heard: HeardNotes
  /** Why nobody listens to a camera. */
  whyDeaf: CameraListener['whyNot']
  /** What is made by itself, and why something is not. */
  status: Transcriptions['status']
  wish: Transcriptions['wish']
  /** Name of the model that the ring uses, whether it is here or not. */
  model(): string | undefined
}

export function createTranscripts({ ring, jobs, originals, recordings, edits, inference, models, log }: TranscriptsComponents, { data }: { readonly data: string }): Transcripts {
  const store = createTranscriptStore(ring)
  const door = createBlobDoor()
  const reader = createMediaReader()
  const model = (): string | undefined => modelInUse(models)

  async function* sound(asset: Asset, fromMs: number, signal: AbortSignal): AsyncGenerator<SoundPiece> {
    const { size, mime, probe } = asset.facts
    const demuxer = demuxerOf(mime)
    if (demuxer === undefined) throw new RefusedError(`${mime} is not read here`)
    const lent = door.open((range, options) => originals.read(asset, range, options), size)
    try {
      yield* reader.sound({ url: lent.url, demuxer, fromMs, toMs: (probe.durationMs ?? 0) + MORE_SOUND_MS }, signal)
    } finally {
      lent.close()
    }
  }

  const transcriptions = createTranscriptions({
    ring, jobs, inference, models, store, log, captions: createOriginalCaptions({ blobs: ring.blobs, originals, door, reader }),
    listen: createListen({ inference, sound, nameOf: ({ facts: { id } }) => id, folder: join(data, 'transcripts') })
  })
  const heard = createHeardNotes({ ring, store })
  const cameras = createCameraListener({ ring, recordings, jobs, inference, models, notes: heard, reader, door, log }, { folder: join(data, 'transcripts') })
  return { store, speech: createSpeechSource({ store, model }), said: createSaidTexts({ store, model }), heard, whyDeaf: cameras.whyNot, edits: createTranscriptEdits({ edits, store, model }), model, status: transcriptions.status, wish: transcriptions.wish, ...lifecycle([door, reader, transcriptions, cameras]) }
}
