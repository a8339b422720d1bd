import type { MetadataView } from '#protocols/http.ts'

type Group = MetadataView['groups'][number]

/** Tags shown of one asset. @default 5000 */
export const MAX_TAGS_SHOWN = 5_000

/** Deeper values are left out. @default 8 */
const MAX_DEPTH = 8

/** Metadata as they are kept, in groups for people to read: the file, its streams, then ExifTool's groups in its order. */
export function metadataGroups(text: string): Group[] {
  try {
    return groupsOf(JSON.parse(text) as Kept | null)
  } catch {
    return [] // another member wrote it: it is no JSON, or deeper than can be told
  }
}

type Kept = { ffmpeg?: { format?: unknown; streams?: unknown } | null; exif?: unknown }

function groupsOf(kept: Kept | null): Group[] {
  const streams = Array.isArray(kept?.ffmpeg?.streams) ? kept.ffmpeg.streams as Array<Record<string, unknown>> : []
  const groups = [
    groupOf('Container', kept?.ffmpeg?.format),
    ...streams.map((stream) => groupOf(`Stream ${stream['index']} (${stream['kind']})`, stream)),
    ...exifGroups(kept?.exif)
  ].filter(({ tags }) => tags.length > 0)
  let shown = 0
  return groups.filter(({ tags }) => (shown += tags.length) <= MAX_TAGS_SHOWN)
}

function groupOf(name: string, value: unknown): Group {
  return { name, tags: [...flat(value)].map(([tag, text]) => ({ name: tag, value: text })) }
}

/** `tags.creation_time` for what lies deeper. */
function* flat(value: unknown, prefix = '', depth = 0): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) yield* flat(inner, `${prefix}${name}.`, depth + 1)
    else yield [prefix + name, printed(inner)]
  }
}

const printed = (value: unknown): string => typeof value === 'string' ? value : Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join(', ') : JSON.stringify(value)

function exifGroups(exif: unknown): Group[] {
  if (typeof exif !== 'object' || exif === null) return []
  const byGroup = Map.groupBy(Object.entries(exif), ([name]) => name.includes(':') ? name.slice(0, name.indexOf(':')) : 'Other')
  return [...byGroup].map(([name, tags]) => ({ name, tags: tags.map(([tag, value]) => ({ name: tag.slice(tag.indexOf(':') + 1), value: printed(value) })) }))
}
