/**
 * Patterns of files and folders, as people know them from other tools. One without a slash fits a name at any depth (`*.mov`, `Proxy`);
 * one with a slash fits the path from the folder on (`2026/**`). `*` and `?` stay within a name, `**` does not; `[ab]` and `{mov,mp4}` are known.
 * Capitals make no difference: cameras write MOV where people write mov.
 */
export type Fits = (relativePath: string) => boolean

/** Patterns that the choices in one may stand for; further ones are read as they are written. @default 64 */
export const MAX_CHOICES = 64

/** What fits at least one of the patterns. */
export function fitsAny(patterns: readonly string[]): Fits {
  const tests = patterns.map(fitsOne)
  return (path) => tests.some((fits) => fits(path))
}

function fitsOne(pattern: string): Fits {
  const bare = pattern.trim().toLowerCase().replace(/^\.?\//, '').replace(/\/+$/, '')
  const steps = choices(bare).map(stepsOf)
  const isPath = bare.includes('/')
  return (path) => {
    const text = [...(isPath ? path : path.slice(path.lastIndexOf('/') + 1)).toLowerCase()]
    return steps.some((each) => runs(each, text))
  }
}

/** Any number of characters, slashes too. */
const ANYTHING = '\u0001'

/** `{a,b}` written out, and folders that may be there or not. */
function choices(pattern: string): string[] {
  let all = [pattern.replace(/(?:\*{2,}\/)+/g, `{,${ANYTHING}/}`).replace(/\*{2,}/g, ANYTHING)]
  for (let i = 0; i < all.length && all.length < MAX_CHOICES;) {
    const [, before = '', inner = '', after = ''] = /^([^]*?)\{([^{}]*)\}([^]*)$/.exec(all[i] ?? '') ?? []
    if (before === '' && inner === '' && after === '' && all[i] !== '{}') i++
    else all = all.toSpliced(i, 1, ...inner.split(',').map((choice) => before + choice + after))
  }
  return all.slice(0, MAX_CHOICES)
}

/** One character, or, when it `repeats`, any number of them. */
interface Step {
  readonly takes: (character: string) => boolean
  readonly repeats: boolean
}

const inName = (character: string): boolean => character !== '/'

function stepsOf(pattern: string): Step[] {
  return [...pattern.matchAll(/\[!?[^\]/]+\]|[^]/gu)].map(([token]): Step => {
    if (token === ANYTHING) return { takes: () => true, repeats: true }
    if (token === '*') return { takes: inName, repeats: true }
    if (token === '?') return { takes: inName, repeats: false }
    if (token.length > 2 && token.startsWith('[')) return { takes: classOf(token.slice(1, -1)), repeats: false }
    return { takes: (character) => character === token, repeats: false }
  })
}

function classOf(inner: string): Step['takes'] {
  const isNegated = inner.startsWith('!')
  const ranges = [...inner.slice(isNegated ? 1 : 0).matchAll(/([^])-([^])|([^])/gu)].map(([, from = '', to = '', one]) => [one ?? from, one ?? to] as const)
  return (character) => inName(character) && ranges.some(([from, to]) => character >= from && character <= to) !== isNegated
}

/** All places in the pattern at once, character by character: it takes no longer than one times the other. */
function runs(steps: readonly Step[], text: readonly string[]): boolean {
  let at = reached(steps, [0])
  for (const character of text) at = reached(steps, [...at].filter((place) => steps[place]?.takes(character) === true).map((place) => steps[place]?.repeats === true ? place : place + 1))
  return at.has(steps.length)
}

/** What repeats may also repeat no more. */
function reached(steps: readonly Step[], places: readonly number[]): Set<number> {
  const all = new Set<number>()
  for (const place of places) {
    all.add(place)
    for (let next = place; steps[next]?.repeats === true;) all.add(++next)
  }
  return all
}
