/** Verbs over paths and batches, in the seed's words. */
import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { count, known, type Params, type StepResult, type Verb } from '../verb.ts'

const Text = Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 }))

function needed(params: Params, ...names: string[]): string {
  const name = names.find((each) => params[each] !== undefined)
  if (name === undefined) throw new InvalidInputError(`"${names[0]}" is missing`)
  return params[name]
}

/** `{"action":"paths","cmd":"add","path":"/media/nas"}` */
export const paths: Verb = {
  action: 'paths', summary: 'List, add or remove folders that belong to the library',
  params: Type.Object({ cmd: Type.Optional(Type.Union([Type.Literal('list'), Type.Literal('add'), Type.Literal('remove')])), name: Text, path: Text }),
  isKnown: (actions) => actions.paths !== undefined,
  async check(params, { actions }) {
    known(actions, 'paths')
    if (params['cmd'] === 'add') needed(params, 'path')
    if (params['cmd'] === 'remove') needed(params, 'name', 'path')
    return `would ${params['cmd'] ?? 'list'} paths`
  },
  async run(params, { actions }) {
    const each = known(actions, 'paths')
    if (params['cmd'] === 'add') return { message: 'added', result: await each.add(needed(params, 'path'), params['name']) }
    if (params['cmd'] === 'remove') return { message: await each.remove(needed(params, 'name', 'path')) ? 'removed' : 'there was none' }
    const result = await each.list()
    return { message: count(result.length, 'path'), result }
  }
}

const removed = (done: { removed: number; left: number } | undefined): StepResult => done === undefined ? { message: 'there was none' } : { message: `${count(done.removed, 'asset')} put into the trash${done.left > 0 ? `, ${done.left} left that somebody edited since` : ''}`, result: done }

/** `{"action":"batches","cmd":"show","name":"day-1"}` */
export const batches: Verb = {
  action: 'batches', summary: 'List, show, add or remove batches',
  params: Type.Object({ cmd: Type.Optional(Type.Union([Type.Literal('list'), Type.Literal('show'), Type.Literal('add'), Type.Literal('remove')])), name: Text, folder: Text, paths: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { maxItems: 10_000 })) }),
  isKnown: (actions) => actions.batches !== undefined,
  async check(params, { actions }) {
    known(actions, 'batches')
    if (params['cmd'] === 'show' || params['cmd'] === 'remove') needed(params, 'name')
    return `would ${params['cmd'] ?? 'list'} batches`
  },
  async run(params, { actions, who }) {
    const each = known(actions, 'batches')
    if (params['cmd'] === 'show') return { message: needed(params, 'name'), result: await each.show(needed(params, 'name')) }
    if (params['cmd'] === 'remove') return removed(await each.remove(needed(params, 'name'), who))
    if (params['cmd'] === 'add') return { message: 'begun', result: await each.add({ name: params['name'], folder: params['folder'], paths: params['paths'] }) }
    const result = await each.list()
    return { message: result.length === 1 ? '1 batch' : `${result.length} batches`, result }
  }
}
