/**
 * What was seen in one subject, level by level. The analysis (L1 pictures, L2 scenes) needs no model; what models read of its pictures stands beside it, one blob per reading, and names the
 * analysis it belongs to. All of them are blobs of the ring, named in the asset's `made`: made once, by the owner whose turn it is, and the same for everybody.
 *
 * | name in `made` | what |
 * |---|---|
 * | `analysis@1` | `Analysis` |
 * | `vectors@<space>` | `VectorsReading`, of key pictures and scenes |
 * | `text@<model>` | `TextReading`, of the words in key pictures |
 * | `objects@<model>`, `faces@<model>` | `ObjectsReading`, `FacesReading` |
 * | `captions@<model>` | `CaptionsReading`, of scenes |
 * | `sentences@<space>`, `said@<space>` | `SentencesReading`, of what people wrote of the asset, and of what is said in it: `sentences/` |
 * | `transcript@<model>`, `transcript` | of the sound: `../transcripts/`; the latter is a person's |
 *
 * A camera's hour has the same, in its notes.
 */
import type { ChunkId } from '#protocols/ids.ts'
import type { SpaceId } from '../space.ts'
import type { Span } from '../subject.ts'

/** Raised when pictures are chosen, or scenes are cut, in another way: everything is then analysed anew. */
export const ANALYSIS = 'analysis@1'
export const vectorsOf = (space: SpaceId): string => `vectors@${space}`
export const sentencesOf = (space: SpaceId): string => `sentences@${space}`
export const isSentences = (name: string): boolean => name.startsWith('sentences@')
export const saidOf = (space: SpaceId): string => `said@${space}`
export const isSaid = (name: string): boolean => name.startsWith('said@')
/** Whether a model of sentences makes it. */
export const isOfTexts = (name: string): boolean => isSentences(name) || isSaid(name)
/** Told of what nothing can be said in, in the place of a reading: all that there is of it was read. */
export const NOTHING_SAID = 'said@'

/** A picture that stands for what is around it. */
export interface KeyPicture {
  readonly atMs: number
  /** Place of its scene. */
  readonly scene: number
  /** Up to five colours, the most frequent first: 0xRRGGBB and the share of the picture, 0 to 1. */
  readonly palette: ReadonlyArray<readonly [colour: number, share: number]>
  /** 0 (nothing is sharp) to 1. */
  readonly sharpness: number
  /** Mean luma, and the shares of pixels that are black and burnt out, each 0 to 1. */
  readonly exposure: { readonly mean: number; readonly black: number; readonly burnt: number }
  /** Share of the picture that differs from the one half a second earlier, 0 to 1. */
  readonly motion: number
  /** How well it would stand for the clip, 0 to 1; faces have no say in it. */
  readonly score: number
  /** Difference hash of 64 bits, in hex, or `-` for a flat picture. */
  readonly hash: string
}

export type Cut = 'start' | 'cut' | 'dissolve' | 'fade'

export interface Scene extends Span {
  /** How it begins. */
  readonly begins: Cut
  /** Key pictures from..to (not included). */
  readonly pictures: readonly [from: number, to: number]
  /** The key picture that stands for it. */
  readonly hero: number
}

/** Of a picture: one key picture at 0 and one scene from 0 to 0. */
export interface Analysis {
  readonly durationMs: number
  readonly pictures: readonly KeyPicture[]
  readonly scenes: readonly Scene[]
}

interface Reading {
  /** The analysis whose pictures were read. */
  readonly analysis: ChunkId
  /** Id and revision of the model. */
  readonly model: string
}

export interface VectorsReading extends Reading {
  readonly space: SpaceId
  readonly dimensions: number
  /** One vector per key picture, of length 1. */
  readonly pictures: Float32Array
  /** One per scene: the mean of its pictures, of length 1. */
  readonly scenes: Float32Array
  /** Per scene the key picture nearest to that mean. */
  readonly medoids: readonly number[]
}

/** x, y, width, height as shares of the picture, 0 to 1, from its upper left. */
export type Box = readonly [x: number, y: number, width: number, height: number]

export interface SeenText { readonly picture: number; readonly text: string; readonly box: Box; readonly confidence: number }
export interface SeenObject { readonly picture: number; readonly label: string; readonly box: Box; readonly confidence: number }
export interface SeenFace { readonly picture: number; readonly box: Box; readonly confidence: number; readonly vector: Float32Array | undefined }

export interface TextReading extends Reading { readonly lines: readonly SeenText[] }
export interface ObjectsReading extends Reading { readonly objects: readonly SeenObject[] }
export interface FacesReading extends Reading { readonly faces: readonly SeenFace[] }
export interface CaptionsReading extends Reading { readonly captions: ReadonlyArray<{ readonly scene: number; readonly text: string }> }
