const CHOICES = [[0, 'without end'], [1, 'for a day'], [7, 'for a week'], [30, 'for 30 days'], [365, 'for a year']] as const
const DAY_MS = 86_400_000

/** When something ends that is made now, Unix ms; 0 for never. */
export const endsAt = (days: number): number => days === 0 ? 0 : Date.now() + days * DAY_MS

/** How long a key or a link is good. */
export function Ends({ days, onChange }: { readonly days: number; readonly onChange: (days: number) => void }) {
  return <label className="row">Good <select className="field" aria-label="How long" value={days} onChange={(event) => onChange(Number(event.target.value))}>{CHOICES.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select></label>
}
