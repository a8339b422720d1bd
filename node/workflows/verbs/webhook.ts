import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { known, type Params, type Verb } from '../verb.ts'

function urlOf({ url }: Params): string {
  const parsed = URL.parse(url)
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) throw new InvalidInputError(`${String(url).slice(0, 80)} is no URL to call: begin it with https://`)
  return parsed.href
}

/** `{"action":"webhook","url":"https://studio.example/hook","body":{"done":true}}` */
export const webhook: Verb = {
  action: 'webhook', summary: 'POST JSON to a URL, once and unsigned; what it answers decides about the step',
  params: Type.Object({ url: Type.String({ minLength: 8, maxLength: 2_048 }), body: Type.Optional(Type.Unknown()), allow_private: Type.Optional(Type.Boolean({ description: 'the URL is meant to be of the own network' })) }),
  isKnown: (actions) => actions.webhook !== undefined,
  check: async (params) => `would POST to ${new URL(urlOf(params)).origin}`,
  async run(params, { actions, signal }) {
    const { status } = await known(actions, 'webhook')(urlOf(params), params['body'] ?? {}, { signal, allowPrivate: params['allow_private'] === true })
    return { message: `answered ${status}`, result: { status } }
  }
}
