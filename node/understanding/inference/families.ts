/** Which program runs the models of a family, and how many inputs it is given at once. */
import type { Family } from '../models/models.ts'
import type { Ask } from './asks.ts'

export interface FamilyRow {
  /** Calls `serveModel`. */
  readonly program: URL
  readonly asks: readonly Ask[]
  /** Inputs of one run, of several callers when they wait at the same time. */
  readonly batch: number
}

const program = (path: string): URL => new URL(path, import.meta.url)

export const FAMILIES: Readonly<Record<Family, FamilyRow>> = Object.freeze({
  vision: { program: program('./vision-child.ts'), asks: ['embed-pictures', 'embed-queries'], batch: 8 },
  sentences: { program: program('./sentences-child.ts'), asks: ['embed-sentences'], batch: 32 },
  captions: { program: program('./captions-child.ts'), asks: ['describe-pictures'], batch: 1 },
  speech: { program: program('./speech-child.ts'), asks: ['find-speech'], batch: 1 },
  transcription: { program: program('./transcription-child.ts'), asks: ['transcribe'], batch: 1 },
  text: { program: program('./reading/reading-child.ts'), asks: ['read-text'], batch: 1 },
  objects: { program: program('./objects/objects-child.ts'), asks: ['find-objects'], batch: 4 },
  faces: { program: program('./faces/faces-child.ts'), asks: ['find-faces'], batch: 4 }
})
