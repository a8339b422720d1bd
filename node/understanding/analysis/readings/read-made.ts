/** What was made of an asset, as it is read back from the ring: any member may have written it. */
import { InvalidMessageError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import { ANALYSIS, type Analysis, type CaptionsReading, type FacesReading, type ObjectsReading, type TextReading, type VectorsReading } from '../analysis.ts'
import { decodeAnalysis, MAX_ANALYSIS_BYTES } from '../codec.ts'
import { decodeCaptions, decodeFaces, decodeObjects, decodeText, decodeVectors, MAX_READING_BYTES } from './codec.ts'
import { taskOfReading } from './reading-names.ts'

export interface Known {
  readonly analysis: Analysis
  readonly vectors: readonly VectorsReading[]
  readonly text: readonly TextReading[]
  readonly objects: readonly ObjectsReading[]
  readonly faces: readonly FacesReading[]
  readonly captions: readonly CaptionsReading[]
  /** Names of the readings that were read. */
  readonly names: readonly string[]
  /** Names of those that are of another analysis, or are none: they are to be made anew. */
  readonly stale: readonly string[]
}

export interface ReadMade {
  /** undefined when there is none. @throws InvalidMessageError, ChunkNotFoundError */
  analysis(asset: Pick<Asset, 'made'>): Promise<Analysis | undefined>
  /** The analysis and all readings of its pictures. @throws InvalidMessageError when the analysis is none, ChunkNotFoundError */
  all(asset: Pick<Asset, 'made'>): Promise<Known | undefined>
}

export function createReadMade({ blobs }: { blobs: Pick<Ring['blobs'], 'read' | 'stat'> }): ReadMade {
  async function bytesOf(blob: ChunkId, most: number): Promise<Uint8Array> {
    const bytes = await smallBlob(blobs, blob, most)
    if (bytes === undefined) throw new InvalidMessageError(`it has more than ${most} bytes: it was not made by this program`)
    return bytes
  }

  async function analysis({ made }: Pick<Asset, 'made'>): Promise<Analysis | undefined> {
    const blob = made[ANALYSIS]
    return blob === undefined ? undefined : decodeAnalysis(await bytesOf(blob, MAX_ANALYSIS_BYTES))
  }

  return {
    analysis,
    async all(asset) {
      const whole = await analysis(asset)
      if (whole === undefined) return undefined
      const known = { analysis: whole, vectors: [] as VectorsReading[], text: [] as TextReading[], objects: [] as ObjectsReading[], faces: [] as FacesReading[], captions: [] as CaptionsReading[], names: [] as string[], stale: [] as string[] }
      for (const [name, blob] of Object.entries(asset.made).filter(([each]) => taskOfReading(each) !== undefined)) {
        const bytes = await bytesOf(blob, MAX_READING_BYTES)
        try {
          const reading = decoded(name, bytes, known)
          known[reading.analysis === asset.made[ANALYSIS] ? 'names' : 'stale'].push(name)
        } catch (err) {
          if (!(err instanceof InvalidMessageError)) throw err
          known.stale.push(name)
        }
      }
      return withoutStale(known, asset.made[ANALYSIS]!)
    }
  }
}

type Lists = { readonly analysis: Analysis; readonly vectors: VectorsReading[]; readonly text: TextReading[]; readonly objects: ObjectsReading[]; readonly faces: FacesReading[]; readonly captions: CaptionsReading[] }

function decoded(name: string, bytes: Uint8Array, { analysis, vectors, text, objects, faces, captions }: Lists): { readonly analysis: ChunkId } {
  const keep = <T>(list: T[], reading: T): T => {
    list.push(reading)
    return reading
  }
  switch (taskOfReading(name)) {
    case 'embed-pictures': return keep(vectors, decodeVectors(bytes, analysis))
    case 'read-text': return keep(text, decodeText(bytes, analysis))
    case 'find-objects': return keep(objects, decodeObjects(bytes, analysis))
    case 'find-faces': return keep(faces, decodeFaces(bytes, analysis))
    default: return keep(captions, decodeCaptions(bytes, analysis))
  }
}

function withoutStale(known: Known, of: ChunkId): Known {
  const fresh = <T extends { readonly analysis: ChunkId }>(list: readonly T[]): T[] => list.filter(({ analysis }) => analysis === of)
  return { ...known, vectors: fresh(known.vectors), text: fresh(known.text), objects: fresh(known.objects), faces: fresh(known.faces), captions: fresh(known.captions) }
}
