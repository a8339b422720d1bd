import { createServer } from 'node:net'
import { RefusedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'

/**
 * Of one peer there is one process on a machine: two would push each other out of their node for ever, and all cameras with them. Held by an abstract
 * socket (unix(7)), which the kernel lets go of with the process, however that ends; elsewhere than on Linux nothing is held.
 * Answers the way to let go. @throws RefusedError when another process is this peer
 */
export async function beOnlyProcess(peer: PeerId): Promise<() => void> {
  if (process.platform !== 'linux') return () => {}
  const claim = createServer((socket) => socket.destroy()).unref()
  await new Promise<void>((resolve, reject) => {
    claim.once('error', (err: NodeJS.ErrnoException) => {
      if (err.code === 'EADDRINUSE') reject(new RefusedError('this very peer runs on this machine already: end that process first, or give this one an invite of its own (thatdam invite peer)'))
      else resolve() // where there are no such sockets, nothing can be held
    })
    claim.listen(`\0thatdam-peer-${peer}`, () => resolve())
  })
  return () => { claim.close() }
}
