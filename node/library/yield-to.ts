import type { ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** Everything else on this machine comes first. */
export function yieldTo({ pid }: Pick<ChildProcess, 'pid'>, priority = constants.priority.PRIORITY_LOW): void {
  try {
    if (pid !== undefined) setPriority(pid, priority)
  } catch {} // it is gone already: its end is told
}
