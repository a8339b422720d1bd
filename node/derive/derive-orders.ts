/** What is said between a node and the processes that make derived files. */
import type { PreviewOrder } from './preview.ts'
import type { ProxyRendition } from './proxy-playlist.ts'
import type { StillOrder } from './still.ts'

export type DeriveOrder =
  | { readonly make: 'look'; readonly url: string; readonly demuxer: string; readonly turn: number }
  | { readonly make: 'preview' } & PreviewOrder
  | { readonly make: 'still' } & StillOrder
  | { readonly make: 'sprite'; readonly url: string; readonly demuxer: string; readonly seconds: number; readonly turn: number }
  | { readonly make: 'waveform'; readonly url: string; readonly demuxer: string; readonly seconds: number }
  | { readonly make: 'sound'; readonly url: string; readonly demuxer: string; readonly seconds: number }
  | { readonly make: 'proxy'; readonly url: string; readonly demuxer: string; readonly seconds: number; readonly turn: number; readonly folder: string; readonly heights: readonly number[]; readonly threads: number }

/** One rendition of a proxy as a fragmented MP4 in a file. */
export interface RenditionFile extends Omit<ProxyRendition, 'name'> { readonly path: string }

export interface Derived {
  /** JPEG, of a sprite, a still or a preview. */
  readonly picture?: Uint8Array
  /** 0 to 255, of a waveform. */
  readonly peaks?: Uint8Array
  /** Of a sound's landmarks: `encodePrint`. */
  readonly print?: Uint8Array
  /** As in `PICTURE_HASH`. */
  readonly hashes?: string
  readonly renditions?: readonly RenditionFile[]
}

/** From a child: progress from 0 to 1, and then one of the others. */
export interface ChildAnswer<Made> {
  readonly progress?: number
  readonly made?: Made
  readonly failed?: string
}
