import { Dialog } from '../design/dialog.tsx'
import { KEYS } from './keys.ts'

/** The keys, shown by `?`. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      {KEYS.map(({ place, keys }) => (
        <section key={place} className="stack" aria-label={place}>
          <h3>{place}</h3>
          <dl className="keys">
            {keys.map(([key, what]) => <div key={key}><dt><span className="kbd">{key}</span></dt><dd>{what}</dd></div>)}
          </dl>
        </section>
      ))}
      <p className="small dim">Drop files or folders on any page to add them; on Find, a picture to look for it.</p>
    </Dialog>
  )
}
