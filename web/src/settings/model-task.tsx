import type { ModelTaskView, ModelView } from '#protocols/http.ts'

/** What people call each task. */
const NAMES: Readonly<Record<ModelTaskView['task'], string>> = {
  'embed-pictures': 'Pictures by sentences', 'embed-sentences': 'Topics', 'read-text': 'Words in pictures', 'find-objects': 'Things', 'find-faces': 'Faces',
  'describe-pictures': 'Descriptions', 'find-speech': 'Where somebody speaks', 'transcribe': 'What is said'
}

interface TaskProps {
  readonly task: ModelTaskView
  readonly models: readonly ModelView[]
  readonly use: (task: string, model: string | null) => void
}

export const nameOfTask = (task: ModelTaskView['task']): string => NAMES[task]

/** One thing that is understood, or why it is not; and by which model in the whole ring. */
export function ModelTask({ task: { task, gives, model, why }, models, use }: TaskProps) {
  const able = models.filter(({ tasks }) => tasks.includes(task))
  return (
    <li className="card model-task" data-task={task}>
      <div className="row spread wrap">
        <div className="row wrap"><strong>{NAMES[task]}</strong><span className={`badge ${why === null ? 'works' : model === null ? '' : 'lacks'}`}>{why === null ? 'works here' : model === null ? 'off' : 'not here yet'}</span></div>
        <select className="field" aria-label={`Model for: ${NAMES[task]}`} value={model ?? ''} disabled={able.length === 0} onChange={(event) => use(task, event.target.value === '' ? null : event.target.value)}>
          <option value="">Off</option>
          {model !== null && able.every(({ id }) => id !== model) ? <option value={model}>{model}</option> : null}
          {able.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
        </select>
      </div>
      <p className="small dim">{gives}.</p>
      {why === null || model === null ? null : <p className="small model-why">{why}</p>}
    </li>
  )
}
