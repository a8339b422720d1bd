function compile(gl: WebGL2RenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type)
  if (shader === null) throw new Error('WebGL made no shader')
  gl.shaderSource(shader, source)
  gl.compileShader(shader)
  if (gl.getShaderParameter(shader, gl.COMPILE_STATUS) !== true && !gl.isContextLost()) throw new Error(`an overlay shader does not compile: ${gl.getShaderInfoLog(shader)}`)
  return shader
}

/** A program of the GPU, and where its inputs are. */
export class GlProgram {
  readonly #gl: WebGL2RenderingContext
  readonly #program: WebGLProgram
  readonly #places = new Map<string, WebGLUniformLocation | null>()

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl
    this.#program = gl.createProgram()
    gl.attachShader(this.#program, compile(gl, gl.VERTEX_SHADER, vertex))
    gl.attachShader(this.#program, compile(gl, gl.FRAGMENT_SHADER, fragment))
    gl.linkProgram(this.#program)
  }

  use(): void {
    this.#gl.useProgram(this.#program)
  }

  place(name: string): WebGLUniformLocation | null {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const place = this.#gl.getUniformLocation(this.#program, name)
    this.#places.set(name, place)
    return place
  }
}
