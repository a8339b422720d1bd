/** The id a camera of this name has, by the rule of the node: lower case, everything else becomes a dash. Empty when nothing is left of it. */
export function cameraIdOf(name: string): string {
  return name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 64).replace(/^-+|-+$/g, '')
}

/** Where a camera of this name is published. */
export function publishEndpoint(name: string): string {
  return `/whip/${cameraIdOf(name)}?name=${encodeURIComponent(name.trim())}`
}
