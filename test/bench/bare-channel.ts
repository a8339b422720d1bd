/** The fastest honest channel between two processes: chunks pulled over TLS 1.3 with a pre-shared key, from memory into buffers of their own, not hashed and not stored. */
import { once } from 'node:events'
import { type TLSSocket, connect, createServer } from 'node:tls'
import { BULK_TLS } from '../../ring/replication/bulk-server.ts'

const CHUNK = 1_048_576
const ASKED_AHEAD = 4
/** One byte asks for one chunk. */
const ASK = Buffer.from('.')

/** Answers every byte with a chunk. Resolves to its port. */
export async function serveBare(key: Uint8Array): Promise<number> {
  const chunk = Buffer.alloc(CHUNK, 7)
  const server = createServer({ ...BULK_TLS, noDelay: true, pskCallback: () => key as never }, (socket) => {
    socket.on('data', (asked) => { for (let i = 0; i < asked.byteLength; i++) socket.write(chunk) }).on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

/** Pull `chunks` chunks, a few asked for ahead. */
export async function pullBare(port: number, key: Uint8Array, chunks: number): Promise<void> {
  let missing = chunks * CHUNK
  let asked = 0
  let chunk = Buffer.allocUnsafeSlow(CHUNK)
  let filled = 0
  const take = (bytes: Uint8Array): number => {
    const taken = Math.min(bytes.byteLength, CHUNK - filled)
    chunk.set(bytes.subarray(0, taken), filled)
    filled = (filled + taken) % CHUNK
    if (filled === 0) chunk = Buffer.allocUnsafeSlow(CHUNK)
    return taken
  }
  const done = Promise.withResolvers<void>()
  const socket: TLSSocket = connect({
    ...BULK_TLS, port, host: '127.0.0.1', checkServerIdentity: () => undefined, pskCallback: () => ({ psk: key, identity: 'bench' }),
    onread: { buffer: Buffer.allocUnsafe(256 * 1024), callback: (length: number, buffer: Uint8Array) => {
      for (let at = 0; at < length;) at += take(buffer.subarray(at, length))
      missing -= length
      for (; asked < chunks && (chunks - asked) * CHUNK + ASKED_AHEAD * CHUNK > missing; asked++) socket.write(ASK)
      if (missing === 0) done.resolve()
      return true
    } }
  } as never)
  await once(socket, 'secureConnect')
  for (; asked < Math.min(ASKED_AHEAD, chunks); asked++) socket.write(ASK)
  await done.promise
  socket.destroy()
}
