import { useState } from 'react'

/** Five stars to click or to reach with the arrow keys; the star that is set takes the rating away. */
export function Rating({ value, rate }: { readonly value: number; readonly rate: (value: number) => void }) {
  const [over, setOver] = useState(0)
  const shown = over || value
  return (
    <div className="stars" role="radiogroup" aria-label="Rating" onMouseLeave={() => setOver(0)}>
      {[1, 2, 3, 4, 5].map((star) => (
        <button key={star} type="button" role="radio" aria-checked={value === star} aria-label={`${star} of 5`} className={star <= shown ? 'lit' : ''} tabIndex={star === Math.max(1, value) ? 0 : -1}
          onMouseEnter={() => setOver(star)} onClick={() => rate(value === star ? 0 : star)}
          onKeyDown={(event) => {
            const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key]
            if (step === undefined) return
            event.preventDefault()
            const next = Math.min(5, Math.max(0, value + step))
            rate(next)
            ;(event.currentTarget.parentElement?.children[Math.max(1, next) - 1] as HTMLElement | undefined)?.focus()
          }}>★</button>
      ))}
    </div>
  )
}
