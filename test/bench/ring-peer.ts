/** The other node of the ring benchmark: a real host with a disk, and beside it a bare TCP server to compare with. Ends with its parent. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createFileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { createBulkChannel } from '../../ring/replication/bulk-channel.ts'
import { createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { startHost } from '../ring/network/test-hosts.ts'

const [dir, ringSeed] = process.argv.slice(2) as [string, string]
const local = createFileChunkStore(dir, { reserveBytes: 0 })
await local.start()
const network = await startHost({ ringSeed: Buffer.from(ringSeed, 'hex') })
await createChunkExchange({ network, local, bulk: createBulkChannel({ network, local }) }).start()

/** Sends `n` bytes when asked for `-n`; takes `n` bytes and answers one when told `n`. The number is a double. */
const raw = createServer((socket) => {
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
raw.listen(0, '127.0.0.1', () => process.send?.({ self: network.self, addresses: network.addresses(), rawPort: (raw.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
