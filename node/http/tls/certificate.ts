import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { isIP } from 'node:net'
import { InvalidInputError } from '#protocols/errors.ts'
import { writeDurably } from '#ring/base/durable-file.ts'

/** How long a certificate of the node's own making holds, in ms: browsers take none that holds longer. @default 34300800000 */
export const OWN_CERTIFICATE_MS = 397 * 86_400_000
/** It is made anew so long before its end, in ms. @default 2592000000 */
export const RENEW_BEFORE_MS = 30 * 86_400_000

const FILE = 'tls.pem'

/** Certificate and key as PEM, and the SHA-256 of the certificate as browsers show it. */
export interface Credential {
  readonly cert: string
  readonly key: string
  readonly fingerprint: string
  readonly expiresMs: number
}

/** @throws InvalidInputError when it is no certificate, the key is another's, or it has expired */
export function readCredential(cert: string, key: string, nowMs = Date.now()): Credential {
  let parsed: X509Certificate
  try {
    parsed = new X509Certificate(cert)
  } catch {
    throw new InvalidInputError('--tls-cert holds no certificate: it is a PEM file that begins with -----BEGIN CERTIFICATE-----')
  }
  const expiresMs = Date.parse(parsed.validTo)
  if (expiresMs <= nowMs) throw new InvalidInputError(`the certificate of --tls-cert has expired on ${parsed.validTo}: renew it`)
  return { cert, key, fingerprint: parsed.fingerprint256, expiresMs }
}

/** What this machine is called by others. */
export function ownNames(host: string): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []).map(({ address }) => address.split('%')[0] ?? '')
  const name = hostname()
  return [...new Set(['localhost', name, `${name}.local`, ...host === '0.0.0.0' || host === '::' ? [] : [host], '127.0.0.1', '::1', ...addresses])].filter((each) => each !== '')
}

/** The certificate this node makes for itself: the one in its folder, or a new one when that ends soon or lacks a name. */
export async function ownCredential(folder: string, host: string, nowMs = Date.now()): Promise<Credential> {
  const names = ownNames(host)
  const kept = await readFile(join(folder, FILE), 'utf8').catch(() => '')
  const [cert = '', key = ''] = kept.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? []
  if (cert !== '' && key !== '') {
    const known = new X509Certificate(cert)
    const isMissing = names.some((name) => isIP(name) === 0 && known.checkHost(name) === undefined)
    if (!isMissing && Date.parse(known.validTo) - nowMs > RENEW_BEFORE_MS) return { cert, key, fingerprint: known.fingerprint256, expiresMs: Date.parse(known.validTo) }
  }
  const made = await makeCredential(names, nowMs)
  await writeDurably(folder, FILE, `${made.cert}\n${made.key}\n`)
  return made
}

/** Signed by itself (ECDSA P-256), for these names and addresses. */
export async function makeCredential(names: readonly string[], nowMs: number): Promise<Credential> {
  const { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const serial = randomBytes(16)
  serial[0] = (serial[0] ?? 0) & 0x7f | 0x40 // positive, and of full length
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'), name: `CN=ThatDAM node ${createHash('sha256').update(serial).digest('hex').slice(0, 8)}`,
    notBefore: new Date(nowMs - 3_600_000), notAfter: new Date(nowMs - 3_600_000 + OWN_CERTIFICATE_MS), signingAlgorithm: algorithm, keys: keys as CryptoKeyPair,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true), new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' as const : 'ip' as const, value })))
    ]
  }, webcrypto as unknown as Crypto)
  const cert = certificate.toString('pem')
  return { cert, key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'), ...(({ fingerprint256, validTo }) => ({ fingerprint: fingerprint256, expiresMs: Date.parse(validTo) }))(new X509Certificate(cert)) }
}
