import type { ChainEntry, HashEntry, MhlFile, MhlFolder, MhlManifest } from './manifest.ts'
import { HASH_FORMATS } from './hash-formats.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

/** A generation as the public schema (`urn:ASC:MHL:v2.0`) wants it. */
export function writeManifest(manifest: MhlManifest): Uint8Array {
  const { files, folders, references } = manifest
  const lines = [HEAD, '<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0">', ...creator(manifest), ...processOf(manifest)]
  const hashes = [...files.flatMap(fileLines), ...folders.flatMap((folder) => folderLines(folder, 'directoryhash'))]
  if (hashes.length > 0) lines.push('  <hashes>', ...hashes.map((line) => `    ${line}`), '  </hashes>')
  if (references.length > 0) lines.push('  <references>', ...references.map(({ path, c4 }) => `    <hashlistreference><path>${text(path)}</path><c4>${c4}</c4></hashlistreference>`), '  </references>')
  return Buffer.from(`${[...lines, '</hashlist>'].join('\n')}\n`)
}

/** As the public schema (`urn:ASC:MHL:DIRECTORY:v2.0`) wants it. */
export function writeChain(entries: readonly ChainEntry[]): Uint8Array {
  const lines = entries.map(({ generation, name, c4 }) => `  <hashlist sequencenr="${generation}">\n    <path>${text(name)}</path>\n    <c4>${c4}</c4>\n  </hashlist>`)
  return Buffer.from(`${[HEAD, '<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0">', ...lines, '</ascmhldirectory>'].join('\n')}\n`)
}

function creator({ createdMs, hostname, tool, author, location, comment }: MhlManifest): string[] {
  const by = author === undefined ? [] : [`    <author${attributes({ email: author.email, phone: author.phone, role: author.role })}>${text(author.name)}</author>`]
  return [
    '  <creatorinfo>', `    <creationdate>${moment(createdMs)}</creationdate>`, `    <hostname>${text(hostname)}</hostname>`, `    <tool version="${text(tool.version)}">${text(tool.name)}</tool>`, ...by,
    ...optional('location', location), ...optional('comment', comment), '  </creatorinfo>'
  ]
}

const optional = (name: string, value: string | undefined): string[] => value === undefined || value === '' ? [] : [`    <${name}>${text(value)}</${name}>`]

function processOf({ process, root, ignores }: MhlManifest): string[] {
  const rootLines = root === undefined ? [] : folderLines(root, 'roothash').map((line) => `    ${line}`)
  return ['  <processinfo>', `    <process>${process}</process>`, ...rootLines, '    <ignore>', ...ignores.map((pattern) => `      <pattern>${text(pattern)}</pattern>`), '    </ignore>', '  </processinfo>']
}

function fileLines({ path, size, modifiedMs, hashes, previousPath }: MhlFile): string[] {
  return [
    '<hash>', `  <path${attributes({ size: String(size), lastmodificationdate: optionalMoment(modifiedMs) })}>${text(path)}</path>`, ...entries(hashes).map((line) => `  ${line}`),
    ...previousPath === undefined ? [] : [`  <previousPath>${text(previousPath)}</previousPath>`], '</hash>'
  ]
}

function folderLines({ path, modifiedMs, content, structure }: MhlFolder, element: 'directoryhash' | 'roothash'): string[] {
  const where = element === 'roothash' ? [] : [`  <path${attributes({ lastmodificationdate: optionalMoment(modifiedMs) })}>${text(path)}</path>`]
  return [`<${element}>`, ...where, '  <content>', ...entries(content).map((line) => `    ${line}`), '  </content>', '  <structure>', ...entries(structure).map((line) => `    ${line}`), '  </structure>', `</${element}>`]
}

/** In the order of the schema. */
function entries(hashes: readonly HashEntry[]): string[] {
  return hashes.toSorted((a, b) => HASH_FORMATS.indexOf(a.format) - HASH_FORMATS.indexOf(b.format)).map(({ format, hash, action, hashedMs }) => `<${format}${attributes({ action, hashdate: optionalMoment(hashedMs) })}>${hash}</${format}>`)
}

const attributes = (values: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [` ${name}="${text(value)}"`]).join('')

const optionalMoment = (ms: number | undefined): string | undefined => ms === undefined ? undefined : moment(ms)

/** To the second, in UTC. */
const moment = (ms: number): string => new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace('.000Z', '+00:00')

/** What XML 1.0 can not say at all is said by U+FFFD. */
function text(value: string): string {
  const sayable = value.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
  return sayable.replace(/[&<>"\t\n\r]/g, (char) => ESCAPES[char] ?? char)
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' }
