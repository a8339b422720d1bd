import { InvalidInputError } from '#protocols/errors.ts'

/** `s3://bucket/any/prefix`. @throws InvalidInputError */
export function parseS3Url(text: string): { readonly Bucket: string; readonly prefix: string } {
  const [, Bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})(?:\/(.*))?$/i.exec(text) ?? []
  if (Bucket === undefined) throw new InvalidInputError(`${text} names no bucket: for example s3://my-bucket/thatdam`)
  const prefix = rest.split('/').filter((part) => part !== '').join('/')
  if (prefix.split('/').some((part) => part === '.' || part === '..')) throw new InvalidInputError(`${text}: a prefix has no . or .. in it`)
  return { Bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}
