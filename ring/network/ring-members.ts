import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { LayoutStore } from './layout.ts'
import type { Revocation } from './revocation.ts'

/** A machine that is or was of the ring, node or camera peer. */
export interface RingMachine {
  readonly peerId: PeerId
  readonly name: string
  readonly role: 'node' | 'peer'
  /** Unix ms; when it joined first, or was last let in by an invite. */
  readonly joinedAtMs: number
  /** Set when it was removed. */
  readonly revoked: Revocation | undefined
}

/** All machines, those removed too: nodes first, by name. */
export function machinesOf(store: Pick<LayoutStore, 'layout' | 'admissions' | 'revocations'>): RingMachine[] {
  const revocations = new Map(store.revocations().map((revocation) => [revocation.peerId, revocation]))
  const machines = new Map<PeerId, RingMachine>()
  const put = (machine: Omit<RingMachine, 'revoked'>): void => { machines.set(machine.peerId, { ...machine, revoked: revocations.get(machine.peerId) }) }
  for (const { peerId, name, role, atMs } of revocations.values()) put({ peerId, name, role, joinedAtMs: atMs })
  for (const { peerId, name, role, admittedAtMs } of store.admissions()) put({ peerId, name, role, joinedAtMs: admittedAtMs })
  for (const { peerId, name, joinedAtMs } of store.layout()) put({ peerId, name, role: 'node', joinedAtMs })
  const rank = ({ role, name, peerId }: RingMachine): string => `${role} ${name} ${peerId}`
  return [...machines.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** The machine of this peer id or name. @throws NotFoundError, InvalidInputError when several have the name */
export function machineNamed(machines: readonly RingMachine[], text: string): RingMachine {
  const exact = machines.find(({ peerId }) => peerId === text)
  if (exact !== undefined) return exact
  const named = machines.filter(({ name, revoked }) => name === text && revoked === undefined)
  if (named.length > 1) throw new InvalidInputError(`${named.length} machines are called ${text}: say which by its peer id, ${named.map(({ peerId }) => peerId).join(' or ')}`)
  if (named[0] !== undefined) return named[0]
  if (machines.some(({ name }) => name === text)) throw new InvalidInputError(`${text} was removed already`)
  throw new NotFoundError(`no machine of the ring is called ${text.slice(0, 80)}, nor has that peer id (thatdam ring members shows all)`)
}
