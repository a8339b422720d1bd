import { NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import { certificateCodec, type Certificate } from '#protocols/join.ts'
import { isSignedBy, signWith } from './ring-key.ts'

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

/** Whether exactly this certificate was signed with this key, whatever it says. */
export function isCertifiedBy(ringKey: Uint8Array, { signature, ...claims }: Certificate): boolean {
  return isSignedBy(ringKey, CONTEXT, certificateCodec.encode(claims as Certificate), signature)
}

/** Check what a certificate says against the ring and the peer id that the connection proved; not who signed it. @throws NotAuthorizedError saying what is wrong */
export function checkClaims(ringId: RingId, certificate: Certificate, remote: PeerId): void {
  if (certificate.ringId !== ringId) throw new NotAuthorizedError('the certificate is of another ring')
  if (certificate.peerId !== remote) throw new NotAuthorizedError('the certificate belongs to another member')
  if (certificate.role !== 'node' && certificate.role !== 'peer') throw new NotAuthorizedError('the certificate names no known role')
}

/** Check a certificate against the ring, one of its keys, and the peer id that the connection proved. @throws NotAuthorizedError saying what is wrong */
export function verifyCertificate({ ringId, ringKey }: { ringId: RingId; ringKey: Uint8Array }, certificate: Certificate, remote: PeerId, nowMs: number): void {
  checkClaims(ringId, certificate, remote)
  if (!isCertifiedBy(ringKey, certificate)) throw new NotAuthorizedError("the certificate is not signed with the ring's key")
  if (certificate.issuedAtMs > nowMs + CLOCK_TOLERANCE_MS) throw new NotAuthorizedError('the certificate is of a later time: check the clocks of both machines')
  if (certificate.expiresAtMs <= nowMs) throw new NotAuthorizedError('the certificate has expired: join again with an invite')
}
