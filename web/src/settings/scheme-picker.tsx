import { chooseScheme, SCHEMES, type SchemeChoice, useSchemeChoice } from '../design/scheme.ts'

/** Dark, light, or as the system has it; a choice of this browser. */
export function SchemePicker() {
  const choice = useSchemeChoice()
  return (
    <fieldset className="segments">
      <legend className="hidden">Colours</legend>
      {(Object.keys(SCHEMES) as SchemeChoice[]).map((each) => (
        <label key={each}>
          <input type="radio" name="scheme" value={each} checked={each === choice} onChange={() => chooseScheme(each)} />
          <span>{SCHEMES[each]}</span>
        </label>
      ))}
    </fieldset>
  )
}
