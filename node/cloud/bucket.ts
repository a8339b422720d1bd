import { createHash } from 'node:crypto'
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ThatDamError } from '#protocols/errors.ts'
import { CloudError } from './cloud-error.ts'
import { createS3Client, explainS3 } from './s3-client.ts'
import { parseS3Url, serverOf } from './s3-place.ts'
import type { Tier } from './tier.ts'

/** Smallest part of an object that is sent in parts, in bytes; S3 takes none below 5 MiB but the last. @default 16777216 */
export const PART_BYTES = 16 * 1024 ** 2
/** Parts of one object, at most; S3 takes ten thousand. @default 9000 */
export const MAX_PARTS = 9_000

export interface Original {
  /** SHA-256 of its bytes, hex. */
  readonly id: string
  readonly name: string
  readonly mime: string
  readonly size: number
}

/** Whole originals in a bucket, named by their hash. At most two parts of one are in memory. */
export interface Bucket {
  /** Whole or not at all. @throws CloudError */
  put(original: Original, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** Bytes from `start` up to and without `end`; undefined when it is not there. @throws CloudError */
  read(id: string, start: number, end: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Reads all of it; undefined when it is not there. @throws CloudError */
  sha256(id: string, signal: AbortSignal, onBytes?: (bytes: number) => void): Promise<string | undefined>
  /** Whoever has it may download the original until `seconds` from now. */
  link(original: Original, seconds: number): Promise<string>
  /** Fine when there is none. @throws CloudError */
  delete(id: string): Promise<void>
}

/** Where a bucket is. */
export type BucketPlace = Pick<Tier, 'place' | 'endpoint' | 'region'>

/** Credentials come from the environment of the node. @throws InvalidInputError */
export function createBucket({ place, endpoint: server, region }: BucketPlace): Bucket {
  const endpoint = serverOf(server)
  const { Bucket: bucket, prefix } = parseS3Url(place)
  const client = createS3Client({ endpoint, region: region === '' ? undefined : region })
  const keyOf = (id: string): string => `${prefix}originals/${id.slice(0, 2)}/${id}`

  async function attempt<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (err) {
      signal?.throwIfAborted()
      throw err instanceof ThatDamError ? err : new CloudError(explainS3(err, bucket, endpoint))
    }
  }

  async function get(id: string, range: string | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(id), ...(range === undefined ? {} : { Range: range }) }), { abortSignal: signal })
      return Body as AsyncIterable<Uint8Array> | undefined
    } catch (err) {
      if ((err as { name?: string }).name === 'NoSuchKey') return undefined
      throw err
    }
  }

  return {
    put: (original, bytes, signal) => attempt(signal, () => upload(client, bucket, keyOf(original.id), original, bytes, signal)),
    read: (id, start, end, signal) => attempt(signal, async () => {
      const body = await get(id, `bytes=${start}-${end - 1}`, signal)
      return body === undefined ? undefined : collect(body, end - start)
    }),
    sha256: (id, signal, onBytes) => attempt(signal, async () => {
      const body = await get(id, undefined, signal)
      if (body === undefined) return undefined
      const hash = createHash('sha256')
      for await (const bytes of body) {
        hash.update(bytes)
        onBytes?.(bytes.byteLength)
      }
      return hash.digest('hex')
    }),
    link: ({ id, name, mime }, seconds) => attempt(undefined, () => getSignedUrl(client, new GetObjectCommand({
      Bucket: bucket, Key: keyOf(id), ResponseContentType: mime, ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`
    }), { expiresIn: seconds })),
    delete: (id) => attempt(undefined, async () => { await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(id) })) })
  }
}

async function upload(client: S3Client, Bucket: string, Key: string, { size, mime }: Original, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS))
  const sending = { abortSignal: signal }
  if (size <= partBytes) return void await client.send(new PutObjectCommand({ Bucket, Key, Body: await collect(bytes, size), ContentLength: size, ContentType: mime }), sending)
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: mime }), sending)
  try {
    const Parts: Array<{ PartNumber: number; ETag: string | undefined }> = []
    for await (const Body of inParts(bytes, partBytes)) {
      const PartNumber = Parts.length + 1
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ContentLength: Body.byteLength }), sending)
      Parts.push({ PartNumber, ETag })
    }
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }), sending)
  } catch (err) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => {}) // the first failure is the one to tell
    throw err
  }
}

async function* inParts(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let part: Uint8Array[] = []
  let length = 0
  for await (const piece of source) {
    part.push(piece)
    length += piece.byteLength
    if (length < bytes) continue
    yield Buffer.concat(part)
    part = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(part)
}

async function collect(source: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of source) {
    length += part.byteLength
    if (length > bytes) throw new CloudError(`more than the ${bytes} bytes that were asked for came`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
