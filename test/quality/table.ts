/** What programs of this folder print with. */

/** A table in Markdown. */
export function printTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  process.stdout.write(`${line(head)}|${head.map(() => '---|').join('')}\n${rows.map(line).join('')}\n`)
}

