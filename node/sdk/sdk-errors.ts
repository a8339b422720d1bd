/** The node said no; the message says why and what to do. */
export class NodeRefusedError extends Error {
  override readonly name = 'NodeRefusedError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Nobody answered. */
export class NodeSilentError extends Error {
  override readonly name = 'NodeSilentError'
}
