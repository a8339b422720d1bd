import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { EventBus } from '../../events/events.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { Live } from '../../live/live.ts'
import type { Recordings } from '../../recording/recordings.ts'
import type { NodeIndex } from '../index/node-index.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import type { HeardNotes } from '../transcripts/cameras/heard-notes.ts'
import { createLiveEyes } from './live-eyes.ts'
import { createSeenBlobs } from './seen-blobs.ts'
import { createNotesKeeper, type NotesKeeper } from './notes-keeper.ts'
import { createSeenRenewer } from './seen-renewer.ts'
import { createSmallPictures } from './small-pictures.ts'

export interface LiveUnderstandingComponents {
  readonly ring: Ring
  readonly live: Pick<Live, 'published'>
  readonly jobs: Jobs
  readonly recordings: Pick<Recordings, 'keyframe'>
  readonly inference: Inference
  readonly models: Pick<Models, 'changed' | 'spaces'>
  readonly index: NodeIndex
  readonly heard: Pick<HeardNotes, 'entriesOf'>
  readonly events: Pick<EventBus, 'emit'>
  readonly log: Logger
}

/** All of this folder, put together. */
export function createLiveUnderstanding({ ring, live, jobs, recordings, inference, models, index, heard, events, log }: LiveUnderstandingComponents): Startable & Pick<NotesKeeper, 'filled'> {
  const seen = createSeenBlobs({ ring })
  const pictures = createSmallPictures({ log })
  const eyes = createLiveEyes({
    seen, published: live.published, index, inference, pictures, log,
    onObject: ({ camera, atMs, label, box, confidence }) => events.emit('camera.object_seen', { camera, atMs, label, box, confidence })
  })
  const keeper = createNotesKeeper({ ring, seen, heard, index, log })
  const renewer = createSeenRenewer({ ring, seen, recordings, pictures, inference, models, jobs, log })
  return { filled: keeper.filled, ...lifecycle([{ start() {}, stop: () => pictures.stop?.() }, keeper, eyes, renewer]) }
}
