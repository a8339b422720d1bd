/** A bare TCP server and its clients: what the network itself can do. */
import { once } from 'node:events'
import { type Server, connect, createServer } from 'node:net'

const PIECE = 1_048_576

/** Sends `n` bytes when asked for `-n`; takes `n` bytes and answers one when told `n`. The number is a double. */
export function rawServer(): Server {
  return createServer((socket) => {
    let expected: number | undefined
    socket.on('data', (bytes) => {
      if (expected === undefined) {
        expected = bytes.readDoubleBE(0)
        bytes = bytes.subarray(8)
        if (expected < 0) socket.end(Buffer.alloc(-expected))
      }
      expected -= bytes.byteLength
      if (expected === 0) socket.end('.')
    }).on('error', () => {})
  })
}

/** `bytes`: a multiple of 1 MiB. */
export async function pushRaw(port: number, bytes: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const piece = Buffer.alloc(PIECE)
  socket.write(double(bytes))
  for (let sent = 0; sent < bytes; sent += PIECE) if (!socket.write(piece)) await once(socket, 'drain')
  await once(socket, 'data')
  socket.destroy()
}

export async function pullRaw(port: number, bytes: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.write(double(-bytes))
  let got = 0
  for await (const piece of socket) got += (piece as Buffer).byteLength
  if (got !== bytes) throw new Error(`${got} of ${bytes} bytes came back`)
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes
}
