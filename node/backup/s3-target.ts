import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { createS3Client, explainS3 } from '../cloud/s3-client.ts'
import { parseS3Url } from '../cloud/s3-place.ts'
import { BackupDamagedError, type BackupTarget, BackupTargetError } from './backup-target.ts'

export interface S3TargetInit {
  /** URL of the server; without it AWS_ENDPOINT_URL, without that Amazon's. */
  readonly endpoint?: string | undefined
  /** Objects one listing request answers. @default 1000 */
  readonly pageSize?: number
}

/** A backup in a bucket: `s3://BUCKET/PREFIX`. Credentials and region come from the usual environment variables. @throws InvalidInputError */
export function createS3Target(name: string, { endpoint = process.env['AWS_ENDPOINT_URL'], pageSize }: S3TargetInit = {}): BackupTarget {
  const { Bucket, prefix } = parseS3Url(name)
  const client = createS3Client({ endpoint })
  const explain = (err: unknown): BackupTargetError => new BackupTargetError(explainS3(err, Bucket, endpoint))
  const attempt = <T>(work: Promise<T>): Promise<T> => work.catch((err) => { throw explain(err) })

  return {
    name,
    async get(path, maxBytes) {
      try {
        const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + path }))
        if (Body === undefined) return undefined
        if (ContentLength === undefined || ContentLength > maxBytes) {
          ;(Body as { destroy?(): void }).destroy?.()
          throw new BackupDamagedError(`${path} has ${ContentLength} bytes, more than the ${maxBytes} it may have`)
        }
        return await Body.transformToByteArray()
      } catch (err) {
        if (err instanceof BackupDamagedError) throw err
        if ((err as { name?: string }).name === 'NoSuchKey') return undefined
        throw explain(err)
      }
    },
    async put(path, bytes) {
      await attempt(client.send(new PutObjectCommand({ Bucket, Key: prefix + path, Body: bytes, ContentLength: bytes.byteLength, ContentType: path.endsWith('.txt') ? 'text/plain; charset=utf-8' : 'application/octet-stream' })))
    },
    async *list(folder) {
      for (let ContinuationToken: string | undefined, more = true; more;) {
        const page = await attempt(client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, ContinuationToken, MaxKeys: pageSize })))
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) yield { path: Key.slice(prefix.length), size: Size, writtenMs: LastModified?.getTime() ?? Date.now() }
        ContinuationToken = page.NextContinuationToken
        more = page.IsTruncated === true && ContinuationToken !== undefined
      }
    },
    async delete(path) {
      await attempt(client.send(new DeleteObjectCommand({ Bucket, Key: prefix + path })))
    },
    async flush() {} // an answered PUT is on the server's disks
  }
}
