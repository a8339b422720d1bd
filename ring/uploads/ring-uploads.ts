import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError, UploadLockedError } from '#protocols/errors.ts'
import type { Partition, PeerId } from '#protocols/ids.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import type { SeenTime } from '../garbage/seen-time.ts'
import type { WriteLeases } from '../garbage/write-leases.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import { DEFAULT_WRITE_QUORUM, type Placement } from '../placement/placement.ts'
import { type UploadHead, UploadFiles } from './upload-files.ts'
import { compareUploads, UPLOAD_MEMORY_MS, uploadExpiresMs } from './upload-record.ts'
import { answerUpload, createUploadClient, findUploads, uploadProtocol } from './upload-wire.ts'

/** A node that does not say within this time what it holds is passed over, in ms. @default 3000 */
export const UPLOAD_ASK_MS = 3_000
/** A record has to be on enough nodes by then, in ms; until it is noticed that a node died, one is missing. @default 30000 */
export const UPLOAD_WRITE_MS = 30_000
/** How soon a record that is on too few nodes is written again, in ms. @default 400 */
export const UPLOAD_RETRY_MS = 400
/** How often it is looked for ended uploads, and for open ones whose keepers have changed, in ms. @default 60000 */
export const UPLOAD_TIDY_MS = 60_000

export interface UploadRecordsComponents {
  readonly network: Pick<Network, 'self' | 'serve' | 'request'>
  readonly membership: Pick<Membership, 'alive'>
  readonly placement: Pick<Placement, 'targets'>
  readonly leases: Pick<WriteLeases, 'resume'>
  /** Another node's clock, Unix ms. */
  readonly clockOf: (peer: PeerId, options: AbortOptions) => Promise<number>
  readonly seen: Pick<SeenTime, 'hasLooked' | 'sureMs'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly now?: () => number
}

/** How far every upload of the ring is: kept by the owners of its partition, found from every node. */
export interface UploadRecords {
  /** The latest that any node that answers holds. */
  read(id: string, options?: AbortOptions): Promise<UploadRecord | undefined>
  /** Resolves when as many nodes as a write needs have it on disk. @throws UploadLockedError when another wrote later, OverloadedError */
  write(record: UploadRecord, options?: AbortOptions): Promise<void>
  /** Ids of open ones of these very bytes. */
  find(sha256: string, length: number, options?: AbortOptions): Promise<readonly string[]>
  /** Those this node keeps. */
  kept(): readonly UploadHead[]
}

export function createUploadRecords(components: UploadRecordsComponents, { folder }: { folder: string }): UploadRecords & Startable & { tidy(): Promise<void> } {
  const { network, membership, placement, clockOf, seen, log, now = Date.now } = components
  const files = new UploadFiles({ ...components, now }, folder)
  const client = createUploadClient(network)
  /** Where an open one was last seen to be. */
  const placed = new Map<string, string>()
  const stopping = new AbortController()
  const keepers = (id: string): readonly PeerId[] => {
    const targets = placement.targets(Number.parseInt(id.slice(0, 2), 16) as Partition)
    return targets.length === 0 ? [network.self] : targets
  }
  const signalOf = ({ signal }: AbortOptions, ms: number): AbortSignal => AbortSignal.any([stopping.signal, AbortSignal.timeout(ms), ...signal === undefined ? [] : [signal]])

  async function askAll<T>(ask: (peer: PeerId, signal: AbortSignal) => Promise<T>, here: () => Promise<T>, options: AbortOptions): Promise<T[]> {
    const signal = signalOf(options, UPLOAD_ASK_MS)
    const answers = await Promise.allSettled(membership.alive().map((peer) => peer === network.self ? here() : ask(peer, signal)))
    options.signal?.throwIfAborted()
    return answers.flatMap((answer) => answer.status === 'fulfilled' ? [answer.value] : [])
  }

  /** How many have it now. @throws UploadLockedError */
  async function writeOnce(record: UploadRecord, peers: readonly PeerId[], signal: AbortSignal): Promise<number> {
    const answers = await Promise.allSettled(peers.map((peer) => peer === network.self ? files.write(record) : client.write(peer, record, { signal })))
    if (answers.some((answer) => answer.status === 'fulfilled' && !answer.value)) throw new UploadLockedError('another request goes on with this upload: ask where it is, and go on from there')
    for (const answer of answers) if (answer.status === 'rejected') log('the record of upload %s was not taken - %s', record.id, answer.reason)
    return answers.filter(({ status }) => status === 'fulfilled').length
  }

  async function write(record: UploadRecord, options: AbortOptions = {}): Promise<void> {
    const signal = signalOf(options, UPLOAD_WRITE_MS)
    for (;;) {
      const peers = keepers(record.id)
      if (await writeOnce(record, peers, signal) >= Math.min(DEFAULT_WRITE_QUORUM, peers.length)) return
      await sleep(UPLOAD_RETRY_MS, undefined, { signal }).catch(() => {
        options.signal?.throwIfAborted()
        throw new OverloadedError('too few nodes take what is to be remembered of this upload: try again in a moment')
      })
    }
  }

  async function read(id: string, options: AbortOptions = {}): Promise<UploadRecord | undefined> {
    const found = await askAll((peer, signal) => client.read(peer, id, { signal }), () => files.read(id), options)
    return found.filter((record) => record !== undefined).sort((a, b) => compareUploads(b, a))[0]
  }

  /** The time by which something may be given up: a clock that runs ahead ends nothing. */
  async function sureMs(): Promise<number> {
    if (!seen.hasLooked()) return 0
    const clocks = await askAll((peer, signal) => clockOf(peer, { signal }), async () => seen.sureMs(now()), {})
    return Math.min(now(), ...clocks)
  }

  async function tidy(): Promise<void> {
    const heads = files.heads()
    const atMs = heads.some((head) => endsMs(head) < now()) ? await sureMs() : now()
    for (const head of heads) {
      const isOpen = head.state === 'open'
      if (endsMs(head) + (isOpen ? UPLOAD_MEMORY_MS : 0) < atMs) await files.drop(head.id)
      else if (isOpen && endsMs(head) < atMs) await expire(head.id, atMs)
      else if (isOpen) await place(head.id).catch((err) => log('the record of upload %s is on too few nodes - %s', head.id, err))
    }
    const known = new Set(files.heads().map(({ id }) => id))
    for (const id of placed.keys()) if (!known.has(id)) placed.delete(id)
  }

  /** Unless somebody went on with it where this node does not know of. */
  async function expire(id: string, atMs: number): Promise<void> {
    const latest = await read(id)
    if (latest === undefined) return
    if (latest.state !== 'open' || uploadExpiresMs(latest) > atMs) return void await files.write(latest)
    log('upload %s was given up: nobody went on with it', id)
    await files.write({ ...latest, state: 'gone', epoch: latest.epoch + 1, seq: 0, touchedMs: atMs, reason: 'nobody went on with it in time', pages: [], chunks: [], tail: [] })
  }

  /** The layout may have other keepers now than when it was written last. */
  async function place(id: string): Promise<void> {
    const where = keepers(id).join()
    if (placed.get(id) === where) return
    const record = await read(id)
    if (record?.state === 'open') await writeOnce(record, keepers(id), signalOf({}, UPLOAD_WRITE_MS)).catch(() => {}) // whoever went on wrote to them
    placed.set(id, where)
  }

  const tidying = repeating(tidy, UPLOAD_TIDY_MS, log)
  return {
    read, write, tidy,
    async find(sha256, length, options = {}) {
      const found = await askAll((peer, signal) => client.find(peer, sha256, length, { signal }), async () => findUploads(files, { sha256, length }, now()), options)
      return [...new Set(found.flat())]
    },
    kept: () => files.heads(),
    async start() {
      await files.open()
      network.serve(uploadProtocol, (request) => answerUpload(request, files, now))
      await tidying.start()
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await tidying.stop()
      files.close()
    }
  }
}

/** Unix ms after which an open one is given up, and an ended one forgotten. */
const endsMs = ({ state, expiresMs, touchedMs }: UploadHead): number => state === 'open' ? expiresMs : touchedMs + UPLOAD_MEMORY_MS
