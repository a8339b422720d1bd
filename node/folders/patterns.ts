/**
 * Patterns of files and folders, as people know them from other tools. One without a slash fits a name at any depth (`*.mov`, `Proxy`);
 * one with a slash fits the path from the folder on (`2026/**`). `*` and `?` stay within a name, `**` does not; `[ab]` and `{mov,mp4}` are known.
 * Capitals make no difference: cameras write MOV where people write mov.
 */
export type Fits = (relativePath: string) => boolean

/** What fits at least one of the patterns. */
export function fitsAny(patterns: readonly string[]): Fits {
  const tests = patterns.map(fitsOne)
  return (path) => tests.some((fits) => fits(path))
}

function fitsOne(pattern: string): Fits {
  const bare = pattern.trim().replace(/^\.?\//, '').replace(/\/+$/, '')
  const expression = new RegExp(`^${sourceOf(bare)}$`, 'iu')
  return bare.includes('/') ? (path) => expression.test(path) : (path) => expression.test(path.slice(path.lastIndexOf('/') + 1))
}

/** Runs of stars are one: what a pattern costs stays within its length times that of a path. */
function sourceOf(pattern: string): string {
  let source = ''
  let depth = 0
  for (const [token] of pattern.matchAll(/\*{2,}\/|\*+|\[!?[^\]/]+\]|[^]/gu)) {
    if (/^\*{2,}\/$/.test(token)) source += '(?:[^/]+/)*'
    else if (token.startsWith('**')) source += '.*'
    else if (token === '*') source += '[^/]*'
    else if (token === '?') source += '[^/]'
    else if (token.length > 2 && token.startsWith('[')) source += classOf(token)
    else if (token === '{' && pattern.includes('}')) { depth++; source += '(?:' }
    else if (token === '}' && depth > 0) { depth--; source += ')' }
    else if (token === ',' && depth > 0) source += '|'
    else source += token.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
  }
  return source + ')'.repeat(depth)
}

function classOf(token: string): string {
  const inner = token.slice(1, -1).replace(/^!/, '').replace(/[\\\]^[&|~]/gu, '\\$&').replace(/^-|-$/u, '\\-')
  return token[1] === '!' ? `[^/${inner}]` : `[${inner}]`
}
