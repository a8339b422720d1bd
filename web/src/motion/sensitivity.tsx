interface SensitivityProps { readonly value: number; readonly change: (value: number) => void }

/** How little has to change to be motion. */
export const Sensitivity = ({ value, change }: SensitivityProps) => (
  <label><span className="label">Sensitivity: {value} (0 only what is large and clear, 100 whatever changes)</span><input type="range" min="0" max="100" step="5" value={value} onChange={(event) => change(Number(event.target.value))} /></label>
)
