import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export interface TurnServer {
  /** As `--ice-server` takes it. */
  readonly url: string
  /** What it logged. */
  readonly log: () => string
  stop(): Promise<void>
}

/** Debian's coturn on loopback, which takes credentials made with `secret` and nothing else, and relays to loopback. */
export async function startTurnServer(secret: string): Promise<TurnServer> {
  const [port, folder] = [await freePort('udp'), await mkdtemp(join(tmpdir(), 'thatdam-turn-'))]
  const program = spawn('/usr/bin/turnserver', [
    '-n', '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(port), '--realm', 'thatdam.test', '--use-auth-secret', '--static-auth-secret', secret, '--fingerprint',
    '--allow-loopback-peers', '--no-cli', '--no-tls', '--no-dtls', '--no-tcp', '--log-file', 'stdout', '--simple-log', '--verbose', '--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'db')
  ], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (bytes) => { log += bytes })
  return {
    url: `turn:127.0.0.1:${port}?transport=udp`,
    log: () => log,
    async stop() {
      const ended = once(program, 'exit')
      if (program.kill('SIGKILL')) await ended
      await rm(folder, { recursive: true, force: true })
    }
  }
}
