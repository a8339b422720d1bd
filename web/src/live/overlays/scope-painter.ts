import { GlProgram } from './gl-program.ts'
import { type Scope, SCOPES } from './overlay-settings.ts'
import type { Picture } from './picture-painter.ts'
import { CHANNELS, COUNT_FRAGMENT, COUNT_VERTEX, LEAST_LIGHT, LEVELS, LUMINANCE, SCOPE_FRAGMENT, SCOPE_VERTEX, SCOPE_WIDTH, TOTALS_FRAGMENT } from './scope-shader.ts'
import { VERTEX } from './shader.ts'

/** Points of the picture that are counted, every pixel of one of 960 by 540; of a larger one evenly. No column has more of them than half floats count. @default 518400 */
const MOST_POINTS = 518_400
/** How much of its column a level must fill to be brightest, as a share. @default 0.067 */
const BRIGHT_SHARE = 0.067

/** The units textures are bound to. */
const PICTURE = 0
const COUNTS = 1
const TOTALS = 2

function texture(gl: WebGL2RenderingContext, unit: number): WebGLTexture {
  const made = gl.createTexture()
  gl.activeTexture(gl.TEXTURE0 + unit)
  gl.bindTexture(gl.TEXTURE_2D, made)
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
  for (const size of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, size, gl.NEAREST)
  return made
}

/** Somewhere to count: a texture that is drawn into. */
function counter(gl: WebGL2RenderingContext, unit: number, width: number, height: number): WebGLFramebuffer {
  const made = texture(gl, unit)
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, width, height)
  const frame = gl.createFramebuffer()
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame)
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, made, 0)
  return frame
}

/** Counts the levels of a picture on the GPU and draws them; one for every tile of the page. */
class ScopePainter {
  readonly #gl: WebGL2RenderingContext
  readonly #count: GlProgram
  readonly #sum: GlProgram
  readonly #draw: GlProgram
  readonly #counts: WebGLFramebuffer
  readonly #totals: WebGLFramebuffer

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
    this.#count = new GlProgram(gl, COUNT_VERTEX, COUNT_FRAGMENT)
    this.#sum = new GlProgram(gl, VERTEX, TOTALS_FRAGMENT)
    this.#draw = new GlProgram(gl, SCOPE_VERTEX, SCOPE_FRAGMENT)
    texture(gl, PICTURE)
    this.#counts = counter(gl, COUNTS, SCOPE_WIDTH, LEVELS)
    this.#totals = counter(gl, TOTALS, LEVELS, 1)
    gl.blendFunc(gl.ONE, gl.ONE)
  }

  get isLost(): boolean {
    return this.#gl.isContextLost()
  }

  /** Draws a scope of the picture as it is now into `SCOPE_WIDTH` by `LEVELS`. */
  paint({ source, width, height }: Picture, scope: Scope, target: CanvasRenderingContext2D): void {
    const gl = this.#gl
    const shrink = Math.min(1, Math.sqrt(MOST_POINTS / (width * height)))
    const across = Math.max(1, Math.floor(width * shrink))
    const down = Math.max(1, Math.floor(height * shrink))
    gl.activeTexture(gl.TEXTURE0 + PICTURE)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source)
    this.#countPoints(scope, across, down)
    if (scope === 'histogram') this.#sumColumns()
    this.#drawScope(scope, across * down / SCOPE_WIDTH)
    target.globalCompositeOperation = 'copy'
    target.drawImage(gl.canvas, 0, 0)
  }

  #countPoints(scope: Scope, across: number, down: number): void {
    const gl = this.#gl
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#counts)
    gl.viewport(0, 0, SCOPE_WIDTH, LEVELS)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.enable(gl.BLEND)
    this.#count.use()
    gl.uniform1i(this.#count.place('picture'), PICTURE)
    gl.uniform2i(this.#count.place('grid'), across, down)
    for (const { weights, into } of scope === 'waveform' ? [LUMINANCE] : CHANNELS) {
      gl.uniform3fv(this.#count.place('weights'), weights)
      gl.uniform4fv(this.#count.place('into'), into)
      gl.drawArrays(gl.POINTS, 0, across * down)
    }
    gl.disable(gl.BLEND)
  }

  #sumColumns(): void {
    const gl = this.#gl
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#totals)
    gl.viewport(0, 0, LEVELS, 1)
    this.#sum.use()
    gl.uniform1i(this.#sum.place('counts'), COUNTS)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }

  #drawScope(scope: Scope, perColumn: number): void {
    const gl = this.#gl
    gl.bindFramebuffer(gl.FRAMEBUFFER, null)
    gl.viewport(0, 0, SCOPE_WIDTH, LEVELS)
    this.#draw.use()
    gl.uniform1i(this.#draw.place('counts'), COUNTS)
    gl.uniform1i(this.#draw.place('totals'), TOTALS)
    gl.uniform1i(this.#draw.place('scope'), SCOPES.indexOf(scope))
    gl.uniform1f(this.#draw.place('gain'), (1 - LEAST_LIGHT) / Math.max(1, BRIGHT_SHARE * perColumn))
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }
}

let painter: ScopePainter | null | undefined

/** The page's painter of scopes; null when this browser has no WebGL2, or can not count with it. A lost context is replaced. */
export function scopePainter(): ScopePainter | null {
  if (painter === undefined || painter?.isLost === true) {
    const gl = Object.assign(document.createElement('canvas'), { width: SCOPE_WIDTH, height: LEVELS }).getContext('webgl2', { antialias: false, depth: false, stencil: false })
    const counts = gl?.getExtension('EXT_color_buffer_float') ?? gl?.getExtension('EXT_color_buffer_half_float') ?? null
    painter = gl === null || counts === null ? null : new ScopePainter(gl)
  }
  return painter
}
