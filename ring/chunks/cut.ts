/** Cut a stream of bytes into pieces of exactly `pieceBytes`, the last one shorter; every piece is a buffer of its own. */
export async function* cut(source: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(pieceBytes)
  let filled = 0
  for await (const bytes of source) {
    for (let offset = 0; offset < bytes.byteLength;) {
      const part = bytes.subarray(offset, offset + pieceBytes - filled)
      piece.set(part, filled)
      filled += part.byteLength
      offset += part.byteLength
      if (filled < pieceBytes) continue
      yield piece
      piece = new Uint8Array(pieceBytes)
      filled = 0
    }
  }
  if (filled > 0) yield piece.slice(0, filled)
}
