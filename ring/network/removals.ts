import type { PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { LayoutStore } from './layout.ts'
import type { Membership } from './membership.ts'
import type { MemberNetwork } from './member-network.ts'

export interface RemovalsComponents {
  readonly network: Pick<MemberNetwork, 'self' | 'disconnect' | 'removed' | 'retire'>
  readonly layout: LayoutStore
  readonly membership: Pick<Membership, 'alive' | 'changed'>
  /** Close what a removed member still pulls through. */
  readonly forget: (peer: PeerId) => void
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly log: Logger
}

/** Acts on removals as soon as this node learns of them: connections and sockets close, streams with them, and people are told. */
export function createRemovals({ network, layout, membership, forget, alarms, log }: RemovalsComponents): Startable {
  const acted = new Set<PeerId>()
  let leave: Array<() => void> = []
  let told: string | undefined
  let retired = false

  function apply(): void {
    for (const revocation of layout.revocations()) {
      const { peerId, name, by, reason, role } = revocation
      const key = `used-invite/${peerId}`
      if (by === '' && reason !== '') alarms.raise({ key, severity: 'warning', message: `${name} (${peerId}) was removed from the ring: ${reason}. Let it in with a new invite, or confirm with thatdam ring revoke ${peerId}.` })
      else alarms.clear(key)
      if (peerId === network.self) told = reason
      if (acted.has(peerId) || peerId === network.self) continue
      acted.add(peerId)
      log('%s %s was removed from the ring', role, peerId)
      forget(peerId)
      network.disconnect(peerId, 'removed from the ring')
      const entry = layout.layout().find((known) => known.peerId === peerId)
      if (entry !== undefined && entry.state !== 'gone') layout.putRevocation(revocation).catch((err) => log.error('could not take %s out of the layout - %s', peerId, err))
    }
    judgeSelf()
  }

  /** Told so by one member, and heard by no other: a node that others go on speaking with is a member, whatever one of them says. */
  function judgeSelf(): void {
    const isRemoved = layout.isRevoked(network.self) || (told !== undefined && membership.alive().length === 1)
    if (isRemoved === retired) return
    retired = isRemoved
    network.retire(retired)
    if (!retired) return alarms.clear('removed-from-ring')
    const why = told === undefined || told === '' ? '' : ` (${told})`
    log.error('this machine was removed from the ring%s', why)
    alarms.raise({ key: 'removed-from-ring', severity: 'critical', message: `This machine was removed from the ring${why}: nothing it records or stores reaches the others any more. To bring it back, start it with an empty --data and a new invite.` })
  }

  return {
    start() {
      leave = [
        layout.layoutChanged.on(apply),
        membership.changed.on(judgeSelf),
        network.removed.on(({ reason }) => {
          told ??= /\((.*)\)/.exec(reason.message)?.[1] ?? ''
          judgeSelf()
        })
      ]
      apply()
    },
    stop() { for (const off of leave.splice(0)) off() }
  }
}
