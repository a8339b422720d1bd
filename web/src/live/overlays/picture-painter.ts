import { GlProgram } from './gl-program.ts'
import type { Look } from './look.ts'
import { FRAGMENT, VERTEX } from './shader.ts'

/** Longest side of what is painted, pixels; larger pictures are sampled. @default 1920 */
const LONGEST = 1920

/** A picture that a texture can be filled with, and its size. */
export interface Picture { readonly source: HTMLVideoElement; readonly width: number; readonly height: number }

/** Paints overlays on the GPU. One context serves every tile, because browsers take the oldest away when a page opens more than 8 to 16. */
class PicturePainter {
  readonly #gl: WebGL2RenderingContext
  readonly #program: GlProgram

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
    this.#program = new GlProgram(gl, VERTEX, FRAGMENT)
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture())
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
    for (const size of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, size, gl.LINEAR)
  }

  get isLost(): boolean {
    return this.#gl.isContextLost()
  }

  /** Paints what `look` asks for over the picture as it is now, and leaves it on the target, which takes the picture's size. */
  paint({ source, width, height }: Picture, look: Look, target: CanvasRenderingContext2D): void {
    const gl = this.#gl
    this.#makeRoom(width, height)
    gl.viewport(0, 0, width, height)
    this.#program.use()
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source)
    this.#set(look)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
    const { canvas } = target
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    target.globalCompositeOperation = 'copy'
    target.drawImage(gl.canvas, 0, gl.canvas.height - height, width, height, 0, 0, width, height)
  }

  /** The surface only grows: tiles of different sizes would otherwise have it made anew with every frame. */
  #makeRoom(width: number, height: number): void {
    const { canvas } = this.#gl
    if (canvas.width < width) canvas.width = width
    if (canvas.height < height) canvas.height = height
  }

  #set({ falseColour, peakColour, ...pairs }: Look): void {
    const gl = this.#gl
    gl.uniform1i(this.#program.place('falseColour'), Number(falseColour))
    gl.uniform3fv(this.#program.place('peakColour'), peakColour)
    for (const [name, pair] of Object.entries(pairs)) gl.uniform2fv(this.#program.place(name), pair)
  }
}

let painter: PicturePainter | null | undefined

/** The page's painter; null when this browser has no WebGL2. A lost context is replaced. */
export function picturePainter(): PicturePainter | null {
  if (painter === undefined || painter?.isLost === true) {
    const gl = document.createElement('canvas').getContext('webgl2', { antialias: false, depth: false, stencil: false })
    painter = gl === null ? null : new PicturePainter(gl)
  }
  return painter
}

/** The size a video is painted in: its own, within the limit. Null while there is no picture. */
export function pictureOf(source: HTMLVideoElement): Picture | null {
  const { videoWidth, videoHeight, readyState } = source
  if (videoWidth === 0 || videoHeight === 0 || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null
  const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight))
  return { source, width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) }
}
