import { parentPort, workerData } from 'node:worker_threads'
import { InvalidInputError } from '#protocols/errors.ts'
import { parseCsv } from './csv.ts'
import { parseJson } from './json.ts'
import type { PackageFormat, PackageRow } from './package-row.ts'
import type { RowsRead } from './read-package.ts'
import { parseXml } from './xml.ts'

/** Rows of one package that is brought in. @default 100000 */
export const MAX_ROWS = 100_000
/** Rows told at once, which the node takes in hand in one turn. @default 200 */
export const ROWS_A_TURN = 200

const PARSERS: Readonly<Record<PackageFormat, (text: string) => PackageRow[]>> = { csv: parseCsv, xml: parseXml, json: parseJson }

/** All rows of the package. @throws InvalidInputError */
function readAll(): PackageRow[] {
  const { bytes, format } = workerData as { readonly bytes: Uint8Array; readonly format: PackageFormat }
  const rows = PARSERS[format](new TextDecoder().decode(bytes))
  if (rows.length > MAX_ROWS) throw new InvalidInputError(`the package has ${rows.length} rows; at most ${MAX_ROWS} are taken at once`)
  return rows
}

function* answers(): Generator<RowsRead> {
  try {
    const rows = readAll()
    for (let at = 0; at < rows.length; at += ROWS_A_TURN) yield { rows: rows.slice(at, at + ROWS_A_TURN) }
    yield { rows: [] }
  } catch (err) {
    if (!(err instanceof InvalidInputError)) throw err
    yield { rows: [], refused: err.message }
  }
}

const told = answers()
parentPort?.on('message', () => parentPort?.postMessage(told.next().value, []))
