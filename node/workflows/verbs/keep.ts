/** Verbs that look after what is there. */
import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { count, known, type Verb } from '../verb.ts'

/** `{"action":"verify"}` */
export const verify: Verb = {
  action: 'verify', summary: 'Have every live node read its disk, and mend what is damaged', params: Type.Object({}),
  isKnown: (actions) => actions.verify !== undefined,
  check: async () => 'would have every live node read its whole disk',
  async run(_params, { actions, ...options }) {
    const job = await known(actions, 'verify')(options)
    if (job.state !== 'done') throw new InvalidInputError(job.error ?? 'it could not be verified')
    const lost = job.verify?.lost ?? 0
    if (lost > 0) throw new InvalidInputError(`${count(lost, 'chunk')} lost: no node that answered has a good copy. Start every node that may hold one, or restore a backup`)
    return { message: `${count(job.filesDone, 'chunk')} read, all good or mended`, result: job.verify }
  }
}

/** `{"action":"retention"}` */
export const retention: Verb = {
  action: 'retention', summary: 'Give up footage whose time is over', params: Type.Object({}),
  isKnown: (actions) => actions.retention !== undefined,
  async check(_params, { actions, signal }) {
    const found = await known(actions, 'retention')({ signal, dryRun: true })
    return `would give up ${count(found.hours, 'hour')} of footage, ${found.bytes} bytes`
  },
  async run(_params, { actions, signal }) {
    const result = await known(actions, 'retention')({ signal, dryRun: false })
    if (result.waiting !== null) throw new InvalidInputError(result.waiting)
    return { message: `${count(result.hours, 'hour')} of footage given up`, result }
  }
}

/** `{"action":"gc"}` */
export const gc: Verb = {
  action: 'gc', summary: 'Delete what nothing in the catalog needs any more', params: Type.Object({}),
  isKnown: (actions) => actions.garbage !== undefined,
  async check(_params, { actions, signal }) {
    const found = await known(actions, 'garbage')({ signal, dryRun: true })
    return `would look; ${count(found.chunks, 'chunk')} of this disk are needed by nothing now`
  },
  async run(_params, { actions, signal }) {
    const result = await known(actions, 'garbage')({ signal, dryRun: false })
    if (result.waiting !== null) throw new InvalidInputError(result.waiting)
    return { message: `${count(result.chunks, 'chunk')} deleted`, result }
  }
}
