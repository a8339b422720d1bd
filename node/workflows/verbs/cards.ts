/** Verbs over camera cards. */
import { Type } from 'typebox'
import { count, known, type Verb } from '../verb.ts'
import { checkReadable } from './scan.ts'

/** `{"action":"offload","source":"{event.path}"}` */
export const offload: Verb = {
  action: 'offload', summary: 'Copy a card, verified, into the library and to further places',
  params: Type.Object({ source: Type.String({ minLength: 1, maxLength: 4_096 }), to: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { maxItems: 8 })) }),
  isKnown: (actions) => actions.offload !== undefined,
  look: ({ source }) => checkReadable(source),
  async check({ source, to }, { actions, signal }) {
    await checkReadable(source)
    const found = await known(actions, 'offload')({ source, to }, { signal, dryRun: true })
    return `would copy ${count(found.files, 'file')}, ${found.bytes} bytes`
  },
  async run({ source, to }, { actions, ...options }) {
    const result = await known(actions, 'offload')({ source, to }, { ...options, dryRun: false })
    return { message: `${count(result.files, 'file')} copied and verified`, result }
  }
}
