/** The other node of the ring benchmark: a real host with a disk, and beside it a bare TCP server to compare with. Ends with its parent. */
import type { AddressInfo } from 'node:net'
import { createFileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { createBulkChannel } from '../../ring/replication/bulk-channel.ts'
import { createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { startHost } from '../ring/network/test-hosts.ts'
import { rawServer } from './raw-tcp.ts'

const [dir, ringSeed] = process.argv.slice(2) as [string, string]
const local = createFileChunkStore(dir, { reserveBytes: 0 })
await local.start()
const network = await startHost({ ringSeed: Buffer.from(ringSeed, 'hex') })
await createChunkExchange({ network, local, bulk: createBulkChannel({ network, local }) }).start()

const raw = rawServer()
raw.listen(0, '127.0.0.1', () => process.send?.({ self: network.self, addresses: network.addresses(), rawPort: (raw.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
