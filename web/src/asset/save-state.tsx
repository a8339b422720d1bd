import { type Draft, isContested } from './draft.ts'

interface SaveStateProps {
  readonly draft: Draft
  readonly retry: () => void
  readonly keepMine: () => void
  readonly takeTheirs: () => void
}

/** Says whether the words in a field are safe yet. */
export function SaveState({ draft, retry, keepMine, takeTheirs }: SaveStateProps) {
  if (isContested(draft)) {
    return <span className="small save-state" role="status"><span className="warn-text">Changed elsewhere while you type.</span> <button type="button" className="link" onClick={keepMine}>Keep mine</button> or <button type="button" className="link" onClick={takeTheirs}>take theirs</button></span>
  }
  if (draft.state === 'failed') return <span className="small save-state" role="alert"><span className="why">Not saved: {draft.reason}</span> <button type="button" className="link" onClick={retry}>Try again</button></span>
  const words = { saved: 'Saved', typing: 'Typing…', saving: 'Saving…' }[draft.state]
  return <span className="small dim save-state" role="status" data-state={draft.state}>{words}</span>
}
