import type { PackageQuery, PackageReport } from '#protocols/http.ts'
import { API, errorOf, queryOf, silence } from '../api/client.ts'

export type PackageFormat = PackageQuery['format']

/** Formats of a metadata package, and what they are called. */
export const FORMATS: readonly (readonly [format: PackageFormat, name: string])[] = [['csv', 'CSV'], ['xml', 'XML'], ['json', 'JSON']]

/** Longest the node may take to read a package and say what it changes, ms. @default 600000 */
const PACKAGE_TIMEOUT_MS = 600_000

/** The format a file's name tells; undefined when it tells none. */
export const formatOf = (name: string): PackageFormat | undefined => FORMATS.find(([format]) => name.toLowerCase().endsWith(`.${format}`))?.[0]

/** Sends a package: with `dryRun` the node only says what would change. */
export async function bringPackage(file: File, format: PackageFormat, dryRun: boolean): Promise<PackageReport> {
  const answer = await fetch(`${API}/packages${queryOf({ format, dryRun })}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file, signal: AbortSignal.timeout(PACKAGE_TIMEOUT_MS) }).catch(() => { throw silence() })
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw errorOf(answer.status, body)
  return body as PackageReport
}
