/** A small picture in planes of one byte per pixel: brightness, and two of colour. */
export interface SmallPicture {
  readonly width: number
  readonly height: number
  readonly y: Uint8Array
  readonly u: Uint8Array
  readonly v: Uint8Array
}
