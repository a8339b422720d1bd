/** What a history leaves out: patterns as in .gitignore, as far as histories have them (names, `*`, `?`, `/` before and after). */
export function ignoring(patterns: readonly string[]): (path: string, isFolder: boolean) => boolean {
  const rules = patterns.filter((pattern) => pattern !== '' && !pattern.startsWith('#') && !pattern.startsWith('!')).map(ruleOf)
  return (path, isFolder) => rules.some(({ regex, onlyFolders }) => (isFolder || !onlyFolders) && regex.test(path))
}

function ruleOf(pattern: string): { regex: RegExp; onlyFolders: boolean } {
  const bare = pattern.replace(/^\/|\/$/g, '')
  const isAnchored = pattern.startsWith('/') || bare.includes('/')
  const body = bare.replaceAll('**', '\0').replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*').replaceAll('?', '[^/]').replaceAll('\0', '.*')
  return { regex: new RegExp(`${isAnchored ? '^' : '(?:^|/)'}${body}$`, 's'), onlyFolders: pattern.endsWith('/') }
}
