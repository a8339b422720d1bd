import { S3Client } from '@aws-sdk/client-s3'
import { InvalidInputError } from '#protocols/errors.ts'

/** Region that is named to servers which have none. @default us-east-1 */
export const DEFAULT_S3_REGION = 'us-east-1'
/** How often one request is tried, the first included. @default 5 */
export const S3_ATTEMPTS = 5
/** A request on which nothing moves is given up, in ms. @default 60000 */
export const S3_REQUEST_TIMEOUT_MS = 60_000

export interface S3ClientInit {
  /** URL of the server; without it Amazon's. */
  readonly endpoint?: string | undefined
  /** Without it that of the environment, else `DEFAULT_S3_REGION`. */
  readonly region?: string | undefined
}

/** Credentials come from the usual environment variables. @throws InvalidInputError */
export function createS3Client({ endpoint, region }: S3ClientInit): S3Client {
  if (endpoint !== undefined && URL.parse(endpoint)?.protocol.startsWith('http') !== true) throw new InvalidInputError(`--endpoint ${endpoint} is no URL: for example --endpoint https://s3.example.org`)
  return new S3Client({
    region: region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? DEFAULT_S3_REGION, maxAttempts: S3_ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { requestTimeout: S3_REQUEST_TIMEOUT_MS, connectionTimeout: 10_000 },
    // everything is named by its hash and read back by it; servers other than Amazon's know no checksum trailers
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED'
  })
}

const WRONG_CREDENTIALS = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'TokenRefreshRequired', 'AuthorizationHeaderMalformed'])

/** One line that names what to change, and never a credential. */
export function explainS3(err: unknown, bucket: string, endpoint: string | undefined): string {
  const { name = '', code, message = '', $metadata } = err as { name?: string; code?: string; message?: string; $metadata?: { httpStatusCode?: number } }
  const server = endpoint ?? 'the S3 service'
  if (name === 'CredentialsProviderError') return 'there are no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  if (WRONG_CREDENTIALS.has(name)) return `${server} refuses the credentials (${name}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION`
  if (name === 'AccessDenied' || $metadata?.httpStatusCode === 403) return `these credentials may not use the bucket ${bucket} of ${server}: check them, or let them list, read, write and delete there`
  if (name === 'NoSuchBucket') return `${server} has no bucket ${bucket}: make it first`
  if (name === 'PermanentRedirect' || $metadata?.httpStatusCode === 301) return `the bucket ${bucket} is in another region: set AWS_REGION`
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `no S3 server answers at ${server}: check --endpoint or AWS_ENDPOINT_URL`
  return `${server}: ${name}${message === '' || message === name ? '' : ` - ${message.slice(0, 300)}`}`
}
