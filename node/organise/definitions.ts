import { randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { FieldView, ProjectView, StateView } from '#protocols/http.ts'
import type { AssetPatch, Catalog, RecordFields, RingRecord } from '#ring'
import { ALBUMS } from './albums.ts'
import type { Edits } from './edits.ts'
import type { Person } from './person.ts'

/** States of a ring whose people made none. */
export const STANDARD_STATES: readonly StateView[] = [['new', 'grey'], ['in review', 'blue'], ['approved', 'green'], ['rejected', 'red'], ['delivered', 'purple']].map(([name = '', colour = ''], order) => ({ id: name.replaceAll(' ', '-'), name, colour, order }))

const FIELD_TYPES = ['text', 'number', 'date', 'choice'] as const

/** Things of one kind that people define: made, changed, removed, each of which can be undone. */
export interface Definitions<View> {
  list(): View[]
  /** @throws InvalidInputError when the name is taken */
  create(who: Person, fields: RecordFields & { readonly name: string }): Promise<View>
  /** @throws NotFoundError, InvalidInputError */
  change(who: Person, id: string, fields: RecordFields): Promise<View>
  /** @throws NotFoundError */
  remove(who: Person, id: string): Promise<void>
}

interface Components {
  catalog: Pick<Catalog, 'records'>
  edits: Pick<Edits, 'put' | 'remove'>
}

export const createProjects = (components: Components): Definitions<ProjectView> => {
  const albums = components.catalog.records
  return definitions(components, 'projects', ({ id, fields }) => ({
    id, name: textOf(fields['name']), note: textOf(fields['note'], 2_000), colour: textOf(fields['colour']), closed: fields['closed'] === true,
    albums: albums.list(ALBUMS).filter((album) => album.fields['project'] === id).length
  }))
}

export const createOwnFields = (components: Components): Definitions<FieldView> => definitions(components, 'fields', ({ id, fields }) => ({
  id, name: textOf(fields['name'], 64), type: FIELD_TYPES.find((type) => type === fields['type']) ?? 'text', order: numberOf(fields['order']),
  choices: Array.isArray(fields['choices']) ? fields['choices'].filter((choice): choice is string => typeof choice === 'string' && choice.length <= 200).slice(0, 200) : []
}))

export const createStates = (components: Components): Definitions<StateView> => definitions(components, 'states', ({ id, fields }) => ({
  id, name: textOf(fields['name']), colour: textOf(fields['colour']), order: numberOf(fields['order'])
}))

/** Refuses values that a field's definition does not allow; fields nobody defined take any text. @throws InvalidInputError */
export function checkOwnFields(defined: readonly FieldView[], { fields = {} }: AssetPatch): void {
  for (const [name, value] of Object.entries(fields)) {
    const field = defined.find((one) => one.name === name)
    if (field === undefined || value === '') continue
    const why = whyNot(field, value)
    if (why !== undefined) throw new InvalidInputError(`${name} ${why}, not ${JSON.stringify(value.slice(0, 80))}`)
  }
}

function whyNot({ type, choices }: FieldView, value: string): string | undefined {
  if (type === 'number') return value.trim() !== '' && Number.isFinite(Number(value)) ? undefined : 'is a number'
  if (type === 'date') return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'is a date, 2026-11-27'
  return type !== 'choice' || choices.includes(value) ? undefined : `is one of ${choices.join(', ')}`
}

function definitions<View extends { id: string; name: string }>({ catalog, edits }: Components, kind: string, viewOf: (record: RingRecord) => View): Definitions<View> {
  const orderOf = (view: View): number => (view as { order?: number }).order ?? 0
  const one = kind.replace(/s$/, '')
  const list = (): View[] => catalog.records.list(kind).map(viewOf).filter(({ name }) => name !== '').sort((a, b) => orderOf(a) - orderOf(b) || a.name.localeCompare(b.name))

  function find(id: string): View {
    const view = list().find((each) => each.id === id)
    if (view === undefined) throw new NotFoundError(`there is no ${one} ${id}: it was removed, or this node has not heard of it yet`)
    return view
  }

  function checkName(id: string, name: unknown): void {
    if (name === undefined) return
    if (typeof name !== 'string' || name !== name.trim()) throw new InvalidInputError(`the name of a ${one} has no space around it`)
    if (list().some((other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase())) throw new InvalidInputError(`there is a ${one} called ${name} already`)
  }

  return {
    list,
    async create(who, fields) {
      const id = randomUUID()
      checkName(id, fields.name)
      await edits.put(who, kind, id, { ...fields, order: fields['order'] ?? list().length }, `${one} ${fields.name}`)
      return find(id)
    },
    async change(who, id, fields) {
      const { name } = find(id)
      checkName(id, fields['name'])
      await edits.put(who, kind, id, fields, `${one} ${name}`)
      return find(id)
    },
    remove: (who, id) => edits.remove(who, kind, id, `removed the ${one} ${find(id).name}`)
  }
}

const textOf = (value: unknown, most = 200): string => (typeof value === 'string' ? value.slice(0, most) : '')
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
