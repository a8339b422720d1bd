/** Analyses and readings by seed, as any film may have them. */
import { encode } from '@ipld/dag-cbor'
import * as raw from 'multiformats/codecs/raw'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import type { ChunkId } from '#protocols/ids.ts'
import type { Analysis, CaptionsReading, FacesReading, KeyPicture, ObjectsReading, Scene, TextReading, VectorsReading } from '../../node/understanding/analysis/analysis.ts'
import { pooled } from '../../node/understanding/analysis/readings/pooled.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import type { Random } from './random.ts'

export async function randomBlob(random: Random): Promise<ChunkId> {
  return CID.createV1(raw.code, await sha256.digest(encode(random()))).toString() as ChunkId
}

const share = (random: Random): number => Math.round(random() * 1e4) / 1e4
const whole = (random: Random, below: number): number => Math.floor(random() * below)
const vector = (random: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => random() - 0.5)

export function randomAnalysis(random: Random): Analysis {
  const pictures: KeyPicture[] = []
  const scenes: Scene[] = []
  let atMs = 0
  for (let scene = 0, count = 1 + whole(random, 6); scene < count; scene++) {
    const [fromMs, from] = [atMs, pictures.length]
    for (let i = 0, its = 1 + whole(random, 4); i < its; i++) {
      pictures.push({
        atMs, scene, palette: Array.from({ length: whole(random, 6) }, () => [whole(random, 0x1000000), share(random)] as const), sharpness: share(random),
        exposure: { mean: share(random), black: share(random), burnt: share(random) }, motion: share(random), score: share(random), hash: random() < 0.2 ? '-' : whole(random, 2 ** 32).toString(16).padStart(16, '0')
      })
      atMs += 1 + whole(random, 5_000)
    }
    scenes.push({ fromMs, toMs: atMs, begins: scene === 0 ? 'start' : (['cut', 'dissolve', 'fade'] as const)[whole(random, 3)]!, pictures: [from, pictures.length], hero: from + whole(random, pictures.length - from) })
  }
  return { durationMs: atMs, pictures, scenes }
}

export interface RandomReadings { readonly vectors: VectorsReading; readonly text: TextReading; readonly objects: ObjectsReading; readonly faces: FacesReading; readonly captions: CaptionsReading }

export function randomReadings(random: Random, { pictures, scenes }: Analysis, analysis: ChunkId, dimensions = 8): RandomReadings {
  const head = { analysis, model: 'drawn@1' }
  const of = <T>(make: (picture: number) => T): T[] => pictures.flatMap((_, picture) => Array.from({ length: whole(random, 3) }, () => make(picture)))
  const seen = (picture: number) => ({ picture, box: [share(random), share(random), share(random), share(random)] as const, confidence: share(random) })
  const values = vector(random, pictures.length * dimensions)
  return {
    vectors: { ...head, space: 'drawn-1' as SpaceId, dimensions, pictures: values, ...pooled(values, dimensions, scenes) },
    text: { ...head, lines: of((picture) => ({ ...seen(picture), text: `line ${whole(random, 99)} ünïcødé` })) },
    objects: { ...head, objects: of((picture) => ({ ...seen(picture), label: `thing ${whole(random, 9)}` })) },
    faces: { ...head, faces: of((picture) => ({ ...seen(picture), vector: random() < 0.3 ? undefined : vector(random, 4) })) },
    captions: { ...head, captions: scenes.map((_, scene) => ({ scene, text: `scene ${scene}` })) }
  }
}
