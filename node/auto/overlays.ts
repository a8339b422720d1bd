/** Machines of overlay networks whose own command is installed here: where a node might be. */
import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import { promisify } from 'node:util'

/** A machine of such a network. */
export interface Candidate {
  /** IP address. */
  readonly host: string
  readonly via: 'serf' | 'tailscale'
}

/** One way to ask which machines there are; what is not installed answers with none. */
interface Overlay {
  readonly via: Candidate['via']
  readonly args: readonly string[]
  read(answer: unknown): string[]
}

/** A command has to answer by then, in ms. @default 5000 */
export const COMMAND_TIMEOUT_MS = 5_000
/** Machines asked of one network, at most. @default 256 */
export const MAX_CANDIDATES = 256

export const OVERLAYS: readonly Overlay[] = [
  { via: 'serf', args: ['members', '-format', 'json'], read: readSerf },
  { via: 'tailscale', args: ['status', '--json'], read: readTailscale }
]

export async function overlayCandidates(overlays: readonly Overlay[] = OVERLAYS): Promise<Candidate[]> {
  const lists = await Promise.all(overlays.map(async ({ via, args, read }) => {
    try {
      const { stdout } = await promisify(execFile)(via, args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: 16 * 1024 ** 2 })
      return read(JSON.parse(stdout)).filter((host) => isIP(host) !== 0).slice(0, MAX_CANDIDATES).map((host) => ({ host, via }))
    } catch {
      return [] // not installed, not running, or it speaks otherwise
    }
  }))
  return lists.flat()
}

/** `{"members":[{"name":"a","addr":"10.0.0.1:7946","status":"alive"}]}`. */
export function readSerf(answer: unknown): string[] {
  const members = (answer as { members?: Array<{ addr?: unknown; status?: unknown }> } | null)?.members
  return Array.isArray(members) ? members.filter(({ status }) => status === 'alive').map(({ addr }) => String(addr).replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) : []
}

/** `{"Peer":{"key":{"TailscaleIPs":["100.64.0.1"],"Online":true}}}`; this machine itself is not among them. */
export function readTailscale(answer: unknown): string[] {
  const peers = (answer as { Peer?: Record<string, { Online?: unknown; TailscaleIPs?: unknown }> } | null)?.Peer
  if (typeof peers !== 'object' || peers === null) return []
  return Object.values(peers).filter(({ Online }) => Online === true).flatMap(({ TailscaleIPs }) => (Array.isArray(TailscaleIPs) ? [String(TailscaleIPs[0])] : []))
}
