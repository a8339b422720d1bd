import { useState } from 'react'
import type { FieldView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { toast } from '../design/toast.tsx'
import { OwnName } from './own-name.tsx'
import { wayBack } from './undo.ts'
import { useAct } from './use-act.ts'
import { useFields, useProjects, useStates } from './use-definitions.ts'

interface ListProps { readonly title: string; readonly path: string; readonly items: readonly { readonly id: string; readonly name: string; readonly detail?: string }[]; readonly canRemove?: boolean }

function List({ title, path, items, canRemove = true }: ListProps) {
  const [name, setName] = useState('')
  const [type, setType] = useState<FieldView['type']>('text')
  const [choices, setChoices] = useState('')
  const { busy, why, act } = useAct(() => { refetch(path); setName(''); setChoices('') })
  const isField = path === '/fields'
  const add = (): Promise<void> => act(() => api.post(path, {
    name: name.trim(), ...isField ? { type, ...type === 'choice' ? { choices: choices.split(',').map((one) => one.trim()).filter((one) => one !== '') } : {} } : {}
  }))
  const remove = (id: string, removed: string): Promise<void> => act(async () => {
    const { undo } = await api.remove(`${path}/${id}`)
    toast(`${removed} was removed.`, 'plain', wayBack(undo, () => refetch(path)))
  })
  return (
    <section className="stack">
      <h3>{title}</h3>
      <ul className="definitions">
        {items.map(({ id, name, detail }) => <li key={id} className="row spread"><span className="cut">{name} <span className="small dim">{detail}</span></span>{canRemove ? <button type="button" className="link" disabled={busy} aria-label={`Remove ${name}`} onClick={() => void remove(id, name)}>Remove</button> : null}</li>)}
      </ul>
      <form className="row wrap" onSubmit={(event) => { event.preventDefault(); void add() }}>
        <input className="field grow" required maxLength={64} aria-label={`New: ${title}`} placeholder="Name" value={name} onChange={(event) => setName(event.target.value)} />
        {isField ? <select className="field" aria-label="Type" value={type} onChange={(event) => setType(event.target.value as FieldView['type'])}>{(['text', 'number', 'date', 'choice'] as const).map((one) => <option key={one}>{one}</option>)}</select> : null}
        {isField && type === 'choice' ? <input className="field grow" required aria-label="Choices" placeholder="35 mm, 50 mm, 85 mm" value={choices} onChange={(event) => setChoices(event.target.value)} /> : null}
        <button type="submit" className="button" disabled={busy}>Add</button>
      </form>
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
    </section>
  )
}

/** Projects, people's own fields, and the states of the workflow. */
export function DefinitionsDialog({ onClose }: { readonly onClose: () => void }) {
  const [projects, fields, states] = [useProjects(), useFields(), useStates()]
  return (
    <Dialog title="Projects, fields, states" onClose={onClose}>
      <List title="Projects" path="/projects" items={projects} />
      <List title="Own fields" path="/fields" items={fields.map(({ id, name, type, choices }) => ({ id, name, detail: type === 'choice' ? choices.join(', ') : type }))} />
      <List title="Workflow states" path="/states" items={states} canRemove={states.every(({ id }) => id.length === 36)} />
      <OwnName />
      <p className="small dim">States begin as new, in review, approved, rejected and delivered; the first of your own takes their place.</p>
    </Dialog>
  )
}
