import { InvalidInputError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import { extensionOf, shortened, withoutExtension } from '../short-name.ts'

/** Folders by the album's name and by kind. */
export const DEFAULT_TEMPLATE = '{album}/{type}/{name}'

const pad = (number: number): string => String(number).padStart(2, '0')
const takenAt = ({ facts }: Asset): Date => new Date(facts.probe.createdAtMs ?? facts.importedAtMs)

const PLACEHOLDERS: Readonly<Record<string, (asset: Asset, album: string) => string>> = {
  year: (asset) => String(takenAt(asset).getUTCFullYear()), month: (asset) => pad(takenAt(asset).getUTCMonth() + 1), day: (asset) => pad(takenAt(asset).getUTCDate()),
  album: (_asset, album) => album, type: ({ facts }) => facts.kind, label: ({ marks }) => marks.label || 'no label', state: ({ marks }) => marks.state || 'no state', rating: ({ rating }) => String(rating),
  tag: ({ tags }) => tags[0] ?? 'no tag', name: ({ facts }) => facts.name, title: ({ title, facts }) => title || withoutExtension(facts.name), ext: ({ facts }) => extensionOf(facts.name)
}

/** @throws InvalidInputError naming what is wrong with it */
export function checkTemplate(template: string): void {
  if (template.startsWith('/') || template.split('/').some((segment) => segment.trim() === '')) throw new InvalidInputError('a template is a path below the folder, with a name at every level: {year}/{album}/{name}')
  for (const [, name = ''] of template.matchAll(/\{([^}]*)\}/g)) if (!Object.hasOwn(PLACEHOLDERS, name)) throw new InvalidInputError(`the template knows no {${name}}: there are ${Object.keys(PLACEHOLDERS).map((one) => `{${one}}`).join(' ')}`)
  if (!/\{(?:name|title)\}[^/]*$/.test(template)) throw new InvalidInputError('the last part of a template has {name} or {title} in it')
}

/** Where an asset's file lies below the folder: names every file system takes, none that leads out of it. */
export function pathOf(asset: Asset, album: string, template: string): string {
  const segments = template.split('/').map((segment) => safeName(segment.replace(/\{([^}]*)\}/g, (_whole, name: string) => PLACEHOLDERS[name]?.(asset, album).replaceAll('/', '∕') ?? '')))
  const extension = extensionOf(asset.facts.name)
  const last = segments.pop() ?? ''
  return [...segments, last.toLowerCase().endsWith(extension.toLowerCase()) ? last : shortened(last, extension)].join('/')
}

/** A path that differs, for the second, third… of the same name. */
export function numbered(path: string, number: number): string {
  const slash = path.lastIndexOf('/') + 1
  const [name, extension] = [withoutExtension(path.slice(slash)), extensionOf(path.slice(slash))]
  return path.slice(0, slash) + shortened(name, ` (${number})${extension}`)
}

const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
function safeName(text: string): string {
  const clean = text.normalize('NFC').toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '').replace(/[<>:"\\|?*/]/g, '_').replace(/^\s+|[\s.]+$/g, '')
  const named = clean === '' || /^\.+$/.test(clean) ? '_' : clean.replace(/^\./, '_')
  return shortened(withoutExtension(RESERVED.test(named) ? `_${named}` : named), extensionOf(named))
}
