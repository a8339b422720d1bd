import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { InvalidInputError } from '#protocols/errors.ts'
import { BackupDamagedError, type BackupTarget, BackupTargetError } from './backup-target.ts'

/** Region that is named to servers which have none. @default us-east-1 */
export const DEFAULT_S3_REGION = 'us-east-1'
/** How often one request is tried, the first included. @default 5 */
export const S3_ATTEMPTS = 5
/** A request on which nothing moves is given up, in ms. @default 60000 */
export const S3_REQUEST_TIMEOUT_MS = 60_000

export interface S3TargetInit {
  /** URL of the server; without it AWS_ENDPOINT_URL, without that Amazon's. */
  readonly endpoint?: string | undefined
  /** Objects one listing request answers. @default 1000 */
  readonly pageSize?: number
}

/** A backup in a bucket: `s3://BUCKET/PREFIX`. Credentials and region come from the usual environment variables. @throws InvalidInputError */
export function createS3Target(name: string, { endpoint = process.env['AWS_ENDPOINT_URL'], pageSize }: S3TargetInit = {}): BackupTarget {
  const { Bucket, prefix } = parseS3Url(name)
  if (endpoint !== undefined && URL.parse(endpoint)?.protocol.startsWith('http') !== true) throw new InvalidInputError(`--endpoint ${endpoint} is no URL: for example --endpoint https://s3.example.org`)
  const client = new S3Client({
    region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? DEFAULT_S3_REGION, maxAttempts: S3_ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { requestTimeout: S3_REQUEST_TIMEOUT_MS, connectionTimeout: 10_000 },
    // everything is named by its hash and read back by it; servers other than Amazon's know no checksum trailers
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED'
  })

  const attempt = <T>(work: Promise<T>): Promise<T> => work.catch((err) => { throw explain(err, Bucket, endpoint) })

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
        throw explain(err, Bucket, endpoint)
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

/** `s3://bucket/any/prefix`. @throws InvalidInputError */
export function parseS3Url(text: string): { readonly Bucket: string; readonly prefix: string } {
  const [, Bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})(?:\/(.*))?$/i.exec(text) ?? []
  if (Bucket === undefined) throw new InvalidInputError(`${text} names no bucket: for example s3://my-bucket/thatdam`)
  const prefix = rest.split('/').filter((part) => part !== '').join('/')
  if (prefix.split('/').some((part) => part === '.' || part === '..')) throw new InvalidInputError(`${text}: a prefix has no . or .. in it`)
  return { Bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

const WRONG_CREDENTIALS = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'TokenRefreshRequired', 'AuthorizationHeaderMalformed'])

/** One line that names what to change, and never a credential. */
function explain(err: unknown, bucket: string, endpoint: string | undefined): BackupTargetError {
  const { name = '', code, message = '', $metadata } = err as { name?: string; code?: string; message?: string; $metadata?: { httpStatusCode?: number } }
  const server = endpoint ?? 'the S3 service'
  if (name === 'CredentialsProviderError') return new BackupTargetError('there are no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (WRONG_CREDENTIALS.has(name)) return new BackupTargetError(`${server} refuses the credentials (${name}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION`)
  if (name === 'AccessDenied' || $metadata?.httpStatusCode === 403) return new BackupTargetError(`these credentials may not use the bucket ${bucket} of ${server}: check them, or let them list, read, write and delete there`)
  if (name === 'NoSuchBucket') return new BackupTargetError(`${server} has no bucket ${bucket}: make it first`)
  if (name === 'PermanentRedirect' || $metadata?.httpStatusCode === 301) return new BackupTargetError(`the bucket ${bucket} is in another region: set AWS_REGION`)
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new BackupTargetError(`no S3 server answers at ${server}: check --endpoint or AWS_ENDPOINT_URL`)
  return new BackupTargetError(`${server}: ${name}${message === '' || message === name ? '' : ` - ${message.slice(0, 300)}`}`)
}
