/** A workflow's step as its report says it. */
interface Step { readonly action: string; readonly state: string; readonly message: string }

/** The steps of a report, when it has any; another node may have written anything. */
function stepsOf(report: Readonly<Record<string, unknown>> | undefined): Step[] {
  const steps = report?.['steps']
  if (!Array.isArray(steps)) return []
  return (steps as Partial<Step>[]).flatMap(({ action, state, message }) => typeof action === 'string' && typeof state === 'string' ? [{ action, state, message: typeof message === 'string' ? message : '' }] : [])
}

/** What became of each step of a workflow. */
export function Steps({ report }: { readonly report: Readonly<Record<string, unknown>> | undefined }) {
  const steps = stepsOf(report)
  if (steps.length === 0) return null
  return (
    <ol className="steps small" aria-label="Steps">
      {steps.map(({ action, state, message }, index) => (
        <li key={`${index} ${action}`}><span className={`badge state-${state}`}>{state}</span> <code>{action}</code> <span className={state === 'failed' ? 'why' : 'dim'}>{message}</span></li>
      ))}
    </ol>
  )
}
