/** The two protection profiles browsers negotiate (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export const AES_CM_128_HMAC_SHA1_80 = 0x0001
export const AEAD_AES_128_GCM = 0x0007

/** Session keys of one direction, as derived by DTLS-SRTP (RFC 3711 section 4.3). */
export interface SrtpKeys {
  readonly profile: number
  readonly key: Uint8Array
  readonly salt: Uint8Array
  /** HMAC key; not used by GCM. */
  readonly auth: Uint8Array
}

/**
 * What an RTP header of ours says: no CSRC. `sequence` is the 48-bit packet index (rollover counter above, sequence
 * number below); the same index may be sent again only with the same bytes.
 */
export interface RtpHeader {
  readonly payloadType: number
  readonly marker: boolean
  /** Unwrapped. */
  readonly sequence: number
  /** Unwrapped. */
  readonly timestamp: number
  readonly ssrc: number
}
