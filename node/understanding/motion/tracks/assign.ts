/** Costs that must not be paid: such a pair is left apart. */
export const NEVER = Infinity

/**
 * Pairs rows with columns so that as many are paired as may be, and the sum of their costs is the least (Hungarian, in cubic time).
 * Answers the column of each row, -1 for none.
 */
export function assign(costs: ReadonlyArray<readonly number[]>): number[] {
  const rows = costs.length
  const columns = costs[0]?.length ?? 0
  const size = Math.max(rows, columns)
  const finite = costs.flatMap((row) => row.filter((cost) => cost !== NEVER))
  const huge = (Math.max(0, ...finite) + 1) * (size + 1)
  const at = (row: number, column: number): number => {
    const cost = costs[row]?.[column]
    return cost === undefined || cost === NEVER ? huge : cost
  }
  const rowOf = solve(at, size)
  const columnOf = Array.from({ length: rows }, () => -1)
  for (let column = 0; column < columns; column++) if (at(rowOf[column]!, column) !== huge) columnOf[rowOf[column]!] = column
  return columnOf
}

/** The row of each column, for a square of costs: by potentials and shortest augmenting paths. */
function solve(cost: (row: number, column: number) => number, size: number): number[] {
  const [rowPrice, columnPrice] = [new Float64Array(size + 1), new Float64Array(size + 1)]
  const rowOf = Array.from({ length: size + 1 }, () => 0) // from 1; column 0 holds the row that is to be placed
  const from = new Int32Array(size + 1)
  for (let row = 1; row <= size; row++) {
    rowOf[0] = row
    let column = 0
    const least = new Float64Array(size + 1).fill(Infinity)
    const used = new Uint8Array(size + 1)
    do {
      used[column] = 1
      let [step, next] = [Infinity, 0]
      for (let j = 1; j <= size; j++) {
        if (used[j] === 1) continue
        const reduced = cost(rowOf[column]! - 1, j - 1) - rowPrice[rowOf[column]!]! - columnPrice[j]!
        if (reduced < least[j]!) [least[j], from[j]] = [reduced, column]
        if (least[j]! < step) [step, next] = [least[j]!, j]
      }
      for (let j = 0; j <= size; j++) {
        if (used[j] === 1) { rowPrice[rowOf[j]!]! += step; columnPrice[j]! -= step } else least[j]! -= step
      }
      column = next
    } while (rowOf[column] !== 0)
    for (; column !== 0; column = from[column]!) rowOf[column] = rowOf[from[column]!]!
  }
  return rowOf.slice(1).map((row) => row - 1)
}
