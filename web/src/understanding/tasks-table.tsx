import type { UnderstandingView } from '#protocols/http.ts'

type Task = UnderstandingView['tasks'][number]

function stateOf({ why, waiting, failed }: Task): { readonly tone: string; readonly words: string } {
  if (why !== null) return { tone: '', words: `Off: ${why}` }
  if (failed > 0) return { tone: 'bad', words: `${failed.toLocaleString('en')} failed: the jobs page says why` }
  return waiting > 0 ? { tone: 'warn', words: 'at work' } : { tone: 'ok', words: 'all done' }
}

function Line({ task }: { readonly task: Task }) {
  const { tone, words } = stateOf(task)
  return (
    <tr data-task={task.task}>
      <td>{task.title}</td>
      <td className="small">{task.model ?? <span className="dim">{task.why === null ? 'needs none' : 'no model'}</span>}</td>
      {([['Done', task.done], ['Waiting', task.waiting], ['Failed', task.failed]] as const).map(([name, count]) => <td key={name} className="num" data-name={name}>{count.toLocaleString('en')}</td>)}
      <td className="small"><span className="row"><span className={`dot ${tone}`} /><span>{words}</span></span></td>
    </tr>
  )
}

/** What is asked of models, by which, how far, and why not. */
export function TasksTable({ tasks }: { readonly tasks: readonly Task[] }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="What is looked for">
      <table className="people-table tasks-table">
        <thead><tr><th>What it gives</th><th>Model</th><th>Done</th><th>Waiting</th><th>Failed</th><th>State</th></tr></thead>
        <tbody>{tasks.map((task) => <Line key={task.task} task={task} />)}</tbody>
      </table>
    </div>
  )
}
