/** The process that touches foreign files: one path in, one inspection out, for as long as the parent lives. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import { inspect } from './inspect.ts'
import type { Inspection, ProbeOrder } from './probe.ts'

Log.setLevel(AV_LOG_QUIET)

process.on('message', (order: ProbeOrder) => {
  void look(order).then((inspection) => process.send?.(inspection))
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

async function look({ path, name, turn }: ProbeOrder): Promise<Inspection> {
  try {
    return await inspect(path, name, turn)
  } catch (err) {
    return { refused: `it cannot be read: ${err instanceof Error ? err.message : String(err)}` }
  }
}
