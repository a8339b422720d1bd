import { InvalidInputError } from '#protocols/errors.ts'

/** Where Amazon's buckets are, whichever of its servers is asked: their names are the same on all. */
const AMAZON = 'amazonaws.com'

/** URL of the S3 server; undefined: Amazon's. */
export const serverOf = (endpoint: string): string | undefined => (endpoint === '' ? process.env['AWS_ENDPOINT_URL'] : endpoint)

/** The same for everything that names one folder of one bucket. @throws InvalidInputError */
export function keyOfPlace({ place, endpoint }: { readonly place: string; readonly endpoint: string }): string {
  const { Bucket, prefix } = parseS3Url(place)
  const { host = AMAZON, pathname = '' } = URL.parse(serverOf(endpoint) ?? '') ?? {}
  return [host.endsWith(`.${AMAZON}`) ? AMAZON : `${host}${pathname.replace(/\/+$/, '')}`, Bucket, prefix].join(' ')
}

/** `s3://bucket/any/prefix`. @throws InvalidInputError */
export function parseS3Url(text: string): { readonly Bucket: string; readonly prefix: string } {
  const [, Bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})(?:\/(.*))?$/i.exec(text) ?? []
  if (Bucket === undefined) throw new InvalidInputError(`${text} names no bucket: for example s3://my-bucket/thatdam`)
  const prefix = rest.split('/').filter((part) => part !== '').join('/')
  if (prefix.split('/').some((part) => part === '.' || part === '..')) throw new InvalidInputError(`${text}: a prefix has no . or .. in it`)
  return { Bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}
