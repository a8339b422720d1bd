const CHOICES = [[0, 'never'], [1, 'in a day'], [7, 'in a week'], [30, 'in 30 days'], [365, 'in a year']] as const
const DAY_MS = 86_400_000

/** When something ends that is made now, Unix ms; 0 for never. */
export const endsAt = (days: number): number => days === 0 ? 0 : Date.now() + days * DAY_MS

/** When a key or a link ends. */
export function Ends({ days, onChange }: { readonly days: number; readonly onChange: (days: number) => void }) {
  return <label className="row">It ends <select className="field" aria-label="When it ends" value={days} onChange={(event) => onChange(Number(event.target.value))}>{CHOICES.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select></label>
}
