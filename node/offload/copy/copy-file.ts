import { join } from 'node:path'
import { ThatDamError } from '#protocols/errors.ts'
import type { CardFile } from '../card/card-files.ts'
import type { Digester, Hashes } from './digester.ts'
import type { HashFormat } from '../mhl/hash-formats.ts'
import { readBlocks } from './read-blocks.ts'
import type { CopiedFile, Sink, Target } from '../targets/target.ts'
import type { Targets } from '../targets/targets.ts'

/** A file of the card that can not be read, or is not what it was; others may be. */
export class CardReadError extends ThatDamError {
  readonly code = 'ERR_CARD_READ'
  override readonly status = 409
}

export interface CopyWork {
  readonly digester: Digester
  readonly signal: AbortSignal
  /** Between two blocks. @throws the signal's reason */
  turn(): Promise<void>
  onBytes(count: number): void
}

/** Read a file once: hashed and written to all of these in the same pass. undefined when none of them took it. @throws CardReadError */
export async function copyFile(root: string, file: CardFile, into: readonly Target[], formats: ReadonlyArray<HashFormat | 'sha256'>, work: CopyWork & { readonly targets: Pick<Targets, 'attempt'> }): Promise<CopiedFile | undefined> {
  const stream = work.digester.stream(formats)
  const sinks = new Map<Target, Sink>()
  const order = async (target: Target, sink: Sink, act: () => Promise<void>): Promise<void> => {
    if (await work.targets.attempt(target, async () => { await act(); return true }) === true) return
    sinks.delete(target)
    await sink.abort().catch(() => {})
  }
  try {
    for (const target of into) await work.targets.attempt(target, async () => { sinks.set(target, await target.begin(file)) })
    const read = await pour(root, file, async (block) => {
      await Promise.all([stream.update(block), ...[...sinks].map(([target, sink]) => order(target, sink, () => sink.write(block)))])
      work.onBytes(block.byteLength)
      await work.turn()
    }, work.signal)
    if (read !== file.size) throw new CardReadError(`it has ${read} bytes now and had ${file.size}: something writes to the card`)
    const copied: CopiedFile = { ...file, hashes: await stream.end(), hashedMs: Date.now() }
    for (const [target, sink] of sinks) await order(target, sink, () => sink.finish(copied))
    return sinks.size === 0 ? undefined : copied
  } catch (err) {
    await Promise.allSettled([...sinks.values()].map((sink) => sink.abort()))
    throw err
  } finally {
    stream.drop()
  }
}

/** Hashes of a second reading, from the medium itself if that can be. @throws CardReadError */
export async function readAgain(root: string, file: CardFile, formats: ReadonlyArray<HashFormat | 'sha256'>, work: CopyWork): Promise<{ hashes: Hashes; way: 'direct' | 'cached' }> {
  const stream = work.digester.stream(formats)
  try {
    const reader = readBlocks(join(root, file.path), { direct: true, signal: work.signal })
    for await (const block of blocksOf(reader.blocks())) {
      await stream.update(block)
      work.onBytes(block.byteLength)
      await work.turn()
    }
    return { hashes: await stream.end(), way: reader.way }
  } finally {
    stream.drop()
  }
}

async function pour(root: string, { path }: CardFile, take: (block: Uint8Array) => Promise<void>, signal: AbortSignal): Promise<number> {
  let read = 0
  for await (const block of blocksOf(readBlocks(join(root, path), { signal }).blocks())) {
    read += block.byteLength
    await take(block)
  }
  return read
}

/** What reading throws is told from what whoever takes the blocks throws. */
async function* blocksOf(blocks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const next = await blocks.next().catch((err: NodeJS.ErrnoException) => { throw cardError(err) })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await blocks.return(undefined)
  }
}

/** What the file system says of the card is an error of the card; all else stays what it is. */
export function cardError(err: NodeJS.ErrnoException): Error {
  return err.code === undefined || err.syscall === undefined ? err : new CardReadError(reasonOf(err))
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EIO') return 'the card gives a read error there (EIO): copy it with another reader, and do not format the card'
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') return 'it is not there any more'
  if (code === 'EACCES' || code === 'EPERM') return 'the node may not read it: give its user read access'
  return message
}
