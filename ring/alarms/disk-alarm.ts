import type { Alarm } from '../base/alarms.ts'
import type { DiskView } from '../chunks/disk-health.ts'

/** Key of the alarm about this node's disk. */
export const DISK_ALARM = 'disk'

const bytes = (count: number): string => count >= 1e12 ? `${(count / 1e12).toFixed(1)} TB` : count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${Math.round(count / 1e6)} MB`

/** What to say of a disk, or undefined when it is well. The words stay the same while the state does: a number that moves would be news every second. */
export function diskAlarm({ state, reserveBytes }: Pick<DiskView, 'state' | 'reserveBytes'>, { name: node, isAlone }: { name: string; isAlone: boolean }): Pick<Alarm, 'severity' | 'message'> | undefined {
  const elsewhere = isAlone ? 'There is no other node to take new footage.' : 'New footage goes to the other nodes.'
  switch (state) {
    case 'ok': return undefined
    case 'low': return { severity: 'warning', message: `The disk of ${node} is nearly full: when less than ${bytes(reserveBytes)} are free it takes no more footage. Free some space or add a node.` }
    case 'full': return { severity: 'critical', message: `The disk of ${node} is full. ${elsewhere} Free some space or add a node; it goes on by itself.` }
    case 'read-only': return { severity: 'critical', message: `The disk of ${node} can not be written to: it is read-only. ${elsewhere} Check the disk, and mount it writable again.` }
    case 'slow': return { severity: 'warning', message: `The disk of ${node} takes seconds for a small write. ${elsewhere} Check the disk, its cable, and what else uses it.` }
    case 'failing': return { severity: 'critical', message: `The disk of ${node} fails: it refuses writes, or what is read from it is damaged. ${elsewhere} Replace the disk.` }
  }
}
