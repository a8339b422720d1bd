let waiting: Array<() => void> = []

/** Do it once everything that is readable now was read: what came together is sent together. */
export function atEndOfTurn(act: () => void): void {
  if (waiting.push(act) === 1) setImmediate(run)
}

function run(): void {
  const acts = waiting
  waiting = []
  for (const act of acts) act()
}
