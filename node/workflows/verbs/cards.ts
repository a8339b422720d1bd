/** Verbs over camera cards and what is made of assets. */
import { Type } from 'typebox'
import { count, known, type Verb } from '../verb.ts'
import { checkReadable } from './scan.ts'

/** `{"action":"offload","source":"{event.path}"}` */
export const offload: Verb = {
  action: 'offload', summary: 'Copy a card, verified, into the library and to further places',
  params: Type.Object({ source: Type.String({ minLength: 1, maxLength: 4_096 }), to: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { maxItems: 8 })) }),
  isKnown: (actions) => actions.offload !== undefined,
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

/** `{"action":"derive","query":"interview"}` */
export const derive: Verb = {
  action: 'derive', summary: 'Make the previews of assets that lack them',
  params: Type.Object({ ids: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxItems: 10_000 })), query: Type.Optional(Type.String({ maxLength: 500 })) }),
  isKnown: (actions) => actions.derive !== undefined,
  check: async () => 'would make what is missing',
  async run({ ids, query }, { actions, ...options }) {
    const result = await known(actions, 'derive')({ ids, query }, options)
    return { message: `${count(result.made, 'preview')} made`, result }
  }
}
