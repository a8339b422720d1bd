/**
 * Sets the colour scheme before anything is drawn, and whenever the system or a person changes it: a script of the pages' module would come after the first paint,
 * and the pages' policy lets none stand in the page itself. What a person chooses, `design/scheme.ts` keeps and tells.
 */
{
  const KEY = 'thatdam.scheme'
  /** The browser's own bars take the ground of the scheme, `--bg`. */
  const GROUND = { dark: '#0d1012', light: '#f3f6f6' }
  const system = matchMedia('(prefers-color-scheme: light)')
  /** Paper is light, whatever the screen is. */
  const paper = matchMedia('print')

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? 'null')
    } catch {
      return null
    }
  }
  let choice = kept()

  const apply = () => {
    const scheme = paper.matches ? 'light' : choice === 'dark' || choice === 'light' ? choice : system.matches ? 'light' : 'dark'
    document.documentElement.dataset.scheme = scheme
    document.querySelector('meta[name=theme-color]').content = GROUND[scheme]
  }
  const choose = (next) => {
    choice = next
    apply()
  }
  apply()
  system.addEventListener('change', apply)
  paper.addEventListener('change', apply)
  addEventListener('thatdam:scheme', ({ detail }) => choose(detail))
  addEventListener('storage', ({ key }) => { if (key === KEY || key === null) choose(kept()) }) // another tab
}
