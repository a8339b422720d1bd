import { X509Certificate } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { UsageError } from './flags.ts'

const FORM = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i

/** `AB:CD:…` or without colons, as a node prints it. @throws UsageError */
export function parseFingerprint(text: string): string {
  if (!FORM.test(text.trim())) throw new UsageError('--tls-fingerprint is the SHA-256 of the certificate that the node has printed: 32 pairs of hex digits, AB:CD:…')
  return text.trim().replaceAll(':', '').toUpperCase().match(/../g)!.join(':')
}

/** The node has another certificate than the one that was named: nothing was sent to it. */
export class WrongCertificateError extends Error {
  readonly code = 'ERR_WRONG_CERTIFICATE'
}

/** Opens connections to whoever has exactly this certificate, whoever vouches for it; nothing is sent before that is known. For `createConnection` of a request. */
export function pinnedConnection(fingerprint: string, { host, port }: { host: string; port: number }): (options: object, done: (err: Error | null, socket: Duplex) => void) => undefined {
  return (_options, done) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }), ALPNProtocols: ['http/1.1'] })
    socket.once('error', (err) => done(err, socket))
    socket.once('secureConnect', () => {
      const raw = socket.getPeerCertificate().raw
      const shown = raw === undefined ? '' : new X509Certificate(raw).fingerprint256
      if (shown === fingerprint) return done(null, socket)
      socket.destroy()
      done(new WrongCertificateError(`the node has another certificate (${shown}) than --tls-fingerprint names: is it the right one, or was its certificate made anew?`), socket)
    })
    return undefined
  }
}
