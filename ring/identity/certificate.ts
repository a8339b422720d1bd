import { NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import { certificateCodec, type Certificate } from '#protocols/join.ts'
import { isSignedBy, ringIdOf, signWith } from './ring-key.ts'

/** How long a membership certificate holds, in ms; every join and every node's restart renews it. @default 31536000000 */
export const CERTIFICATE_VALIDITY_MS = 365 * 24 * 3_600_000
/** How far a member's clock may run ahead of ours, in ms. @default 600000 */
export const CLOCK_TOLERANCE_MS = 600_000

const CONTEXT = 'thatdam-certificate-1'

/** Certify that `peerId` is a member of the ring in `role`, from `nowMs` on. */
export function issueCertificate(ringSeed: Uint8Array, { ringId, peerId, role }: { ringId: RingId; peerId: PeerId; role: 'node' | 'peer' }, nowMs: number): Certificate {
  const claims = { ringId, peerId, role, issuedAtMs: nowMs, expiresAtMs: nowMs + CERTIFICATE_VALIDITY_MS }
  return { ...claims, signature: signWith(ringSeed, CONTEXT, certificateCodec.encode(claims as Certificate)) }
}

/** Check a certificate against the ring's key and the peer id that the connection proved. @throws NotAuthorizedError saying what is wrong */
export function verifyCertificate(ringKey: Uint8Array, certificate: Certificate, remote: PeerId, nowMs: number): void {
  const { signature, ...claims } = certificate
  if (certificate.ringId !== ringIdOf(ringKey)) throw new NotAuthorizedError('the certificate is of another ring')
  if (certificate.peerId !== remote) throw new NotAuthorizedError('the certificate belongs to another member')
  if (certificate.role !== 'node' && certificate.role !== 'peer') throw new NotAuthorizedError('the certificate names no known role')
  if (!isSignedBy(ringKey, CONTEXT, certificateCodec.encode(claims as Certificate), signature)) throw new NotAuthorizedError("the certificate is not signed with the ring's key")
  if (certificate.issuedAtMs > nowMs + CLOCK_TOLERANCE_MS) throw new NotAuthorizedError('the certificate is of a later time: check the clocks of both machines')
  if (certificate.expiresAtMs <= nowMs) throw new NotAuthorizedError('the certificate has expired: join again with an invite')
}
