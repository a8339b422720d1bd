import { BANDS, type Rgb, rangeOf } from './false-colour.ts'

const cssOf = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`

/** The false-colour scale in colours, IRE and words, brightest on top. */
export function Legend({ names = true }: { readonly names?: boolean }) {
  return (
    <ul className="legend" aria-label="False colour, IRE">
      {[...BANDS].reverse().map((band) => (
        <li key={band.name}><i style={{ background: cssOf(band.colour) }} /><span className="num">{rangeOf(band)}</span>{names ? <span className="dim">{band.name}</span> : null}</li>
      ))}
    </ul>
  )
}
