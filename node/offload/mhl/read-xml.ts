import { XMLParser } from 'fast-xml-parser'
import { InvalidMessageError } from '#protocols/errors.ts'
import { isPath } from '#ring'
import { HASH_FORMATS } from './hash-formats.ts'
import type { Action, ChainEntry, HashEntry, MhlFile, MhlFolder, MhlManifest, ProcessType } from './manifest.ts'

/** Longest manifest that is read, in bytes: some 500,000 files. @default 268435456 */
export const MAX_MANIFEST_BYTES = 256 * 1024 ** 2

type Element = Record<string, unknown>

const LISTS = new Set(['hash', 'directoryhash', 'hashlist', 'hashlistreference', 'pattern', 'author'])
const parser = new XMLParser({
  ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#', parseTagValue: false, parseAttributeValue: false, trimValues: false, removeNSPrefix: true,
  processEntities: true, htmlEntities: true, alwaysCreateTextNode: true, isArray: (name, path) => LISTS.has(name) && path !== 'hashlist'
})

/** A generation that we, or any other tool, wrote. @throws InvalidMessageError */
export function readManifest(bytes: Uint8Array): MhlManifest {
  const list = rootOf(bytes, 'hashlist')
  const info = child(list, 'creatorinfo')
  const process = child(list, 'processinfo')
  const hashes = child(list, 'hashes')
  return {
    createdMs: momentOf(textOf(info['creationdate'])) ?? 0, hostname: textOf(info['hostname']),
    tool: { name: textOf(info['tool']), version: attribute(info['tool'], 'version') ?? '' },
    process: textOf(process['process']) as ProcessType,
    ...(process['roothash'] === undefined ? {} : { root: folderOf(process['roothash'] as Element) }),
    ignores: array(child(process, 'ignore')['pattern']).map(textOf),
    files: array(hashes['hash']).map(fileOf), folders: array(hashes['directoryhash']).map(folderOf),
    references: array(child(list, 'references')['hashlistreference']).map((reference) => ({ path: pathOf(reference['path']), c4: textOf(reference['c4']) }))
  }
}

/** @throws InvalidMessageError */
export function readChain(bytes: Uint8Array): ChainEntry[] {
  return array(rootOf(bytes, 'ascmhldirectory')['hashlist']).map((entry) => ({ generation: Number(attribute(entry, 'sequencenr')), name: pathOf(entry['path']), c4: textOf(entry['c4']) }))
}

function rootOf(bytes: Uint8Array, name: string): Element {
  const xml = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (/<!DOCTYPE/i.test(xml)) throw new InvalidMessageError('an ASC MHL file has no document type: it is not read')
  let parsed: Element
  try {
    parsed = parser.parse(xml, true) as Element
  } catch (err) {
    throw new InvalidMessageError(`it is no XML: ${err instanceof Error ? err.message : err}`)
  }
  const found = parsed[name]
  if (typeof found !== 'object' || found === null) throw new InvalidMessageError(`it is no ASC MHL file: <${name}> is missing`)
  return found as Element
}

function fileOf(element: Element): MhlFile {
  const modifiedMs = momentOf(attribute(element['path'], 'lastmodificationdate'))
  const previous = element['previousPath']
  return {
    path: pathOf(element['path']), size: Number(attribute(element['path'], 'size') ?? 0), hashes: hashesOf(element),
    ...(modifiedMs === undefined ? {} : { modifiedMs }), ...(previous === undefined ? {} : { previousPath: textOf(previous) })
  }
}

function folderOf(element: Element): MhlFolder {
  const path = element['path'] === undefined ? '' : textOf(element['path'])
  return { path: path === '.' ? '' : path, content: hashesOf(child(element, 'content')), structure: hashesOf(child(element, 'structure')) }
}

function hashesOf(element: Element): HashEntry[] {
  return HASH_FORMATS.flatMap((format) => array(element[format]).map((entry): HashEntry => {
    const action = attribute(entry, 'action') as Action | undefined
    const hashedMs = momentOf(attribute(entry, 'hashdate'))
    return { format, hash: textOf(entry).trim(), ...(action === undefined ? {} : { action }), ...(hashedMs === undefined ? {} : { hashedMs }) }
  }))
}

/** @throws InvalidMessageError: a manifest never leads out of its folder */
function pathOf(element: unknown): string {
  const path: string = textOf(element).replaceAll('\\', '/').replace(/\/$/, '')
  if (isPath(path)) return path
  throw new InvalidMessageError(`no path within the folder: ${JSON.stringify(String(path).slice(0, 200))}`)
}

const array = (value: unknown): Element[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Element[]
const child = (element: Element, name: string): Element => array(element[name])[0] ?? {}
const textOf = (value: unknown): string => typeof value === 'string' ? value : typeof value === 'object' && value !== null ? String((value as Element)['#'] ?? '') : ''
const attribute = (value: unknown, name: string): string | undefined => typeof value === 'object' && value !== null ? (value as Element)[`@${name}`] as string | undefined : undefined

function momentOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
