import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { InvalidInputError } from '#protocols/errors.ts'
import { type Alarms } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { type Credential, ownCredential, readCredential, RENEW_BEFORE_MS } from './certificate.ts'

/** How often it is looked whether the certificate ends soon, in ms. @default 3600000 */
export const TLS_CHECK_MS = 3_600_000

/** Files with a certificate (and those above it) and its key, as PEM; or a certificate of the node's own making. */
export type TlsInit = { readonly cert: string; readonly key: string } | 'own'

/** What a server that takes a new certificate while it runs has. */
export interface SecureServer { setSecureContext(options: SecureContextOptions): void }

/** The certificate of this node's pages. */
export interface Tls {
  readonly fingerprint: string
  /** A certificate that others vouch for; browsers are told to come by TLS only, from then on. */
  readonly isGiven: boolean
  /** What the server begins with. @throws InvalidInputError */
  start(): Promise<{ cert: string; key: string; minVersion: 'TLSv1.2' }>
  /** The server that is told of a new one. */
  attach(server: SecureServer): void
  /** Read the files again; what is wrong with them is logged, and the certificate before goes on. */
  reload(): Promise<void>
  stop(): Promise<void>
}

export interface TlsComponents {
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly log: Logger
}

export function createTls({ alarms, log }: TlsComponents, { init, folder, host }: { init: TlsInit; folder: string; host: string }): Tls {
  let current: Credential | undefined
  let server: SecureServer | undefined
  const checks = repeating(() => reload(), TLS_CHECK_MS, log)
  const onSignal = (): void => { void reload() }

  async function load(): Promise<Credential> {
    if (init === 'own') return ownCredential(folder, host)
    const [cert, key] = await Promise.all([readPem('--tls-cert', init.cert), readPem('--tls-key', init.key)])
    const read = readCredential(cert, key)
    try {
      createSecureContext({ cert, key })
    } catch (err) {
      throw new InvalidInputError(`--tls-key ${init.key} is not the key of --tls-cert ${init.cert} (${(err as Error).message})`)
    }
    return read
  }

  async function reload(): Promise<void> {
    try {
      const next = await load()
      if (next.fingerprint !== current?.fingerprint) {
        server?.setSecureContext({ cert: next.cert, key: next.key, minVersion: 'TLSv1.2' })
        log('the pages have another certificate: %s', next.fingerprint)
      }
      current = next
    } catch (err) {
      log.error('the certificate can not be read again, the one before goes on - %s', (err as Error).message)
    }
    watchEnd()
  }

  /** A given certificate is somebody else's to renew. */
  function watchEnd(): void {
    const leftMs = (current?.expiresMs ?? Infinity) - Date.now()
    if (init !== 'own' && leftMs < RENEW_BEFORE_MS / 3) alarms.raise({ key: 'tls', severity: leftMs < 0 ? 'critical' : 'warning', message: `The TLS certificate of this node ${leftMs < 0 ? 'has expired' : `expires in ${Math.ceil(leftMs / 86_400_000)} days`}: renew it and send the node SIGHUP.` })
    else alarms.clear('tls')
  }

  return {
    get fingerprint() { return current?.fingerprint ?? '' },
    isGiven: init !== 'own',
    async start() {
      current = await load()
      watchEnd()
      checks.start()
      process.on('SIGHUP', onSignal)
      return { cert: current.cert, key: current.key, minVersion: 'TLSv1.2' }
    },
    attach(secure) { server = secure },
    reload,
    async stop() {
      process.off('SIGHUP', onSignal)
      await checks.stop()
    }
  }
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (err) {
    throw new InvalidInputError(`${flag} ${path} can not be read (${(err as { code?: string }).code ?? err})`)
  }
}
