const MONTH = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' })
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** `2026-11-20` as `Friday, 20 November 2026`, `2026-11` as `November 2026`. */
export function dayName(label: string): string {
  const date = new Date(label.length > 7 ? label : `${label}-01`)
  return Number.isNaN(date.getTime()) ? label : label.length > 7 ? DAY.format(date) : MONTH.format(date)
}

/** The month of a day or month. */
export function monthName(label: string): string {
  return dayName(label.slice(0, 7))
}
