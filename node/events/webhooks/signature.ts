import { createHmac } from 'node:crypto'

/**
 * The headers by which a receiver knows who called, and that it was now: HMAC-SHA256 of `id.timestamp.body`, as in the Standard Webhooks
 * specification, which many languages have a library for. A secret that begins with `whsec_` is base64 behind that; any other is text.
 */
export function signed(secret: string, id: string, timestampS: number, body: string): Record<string, string> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8')
  const signature = createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': `v1,${signature}` }
}
