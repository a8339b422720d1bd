import { styleText } from 'node:util'
import type { Outcome } from './harness.ts'
import { KINDS } from './model.ts'

const LABELS = { upload: 'uploads', edit: 'edits', delete: 'deletions', read: 'reads while harmed', recording: 'recording heads' } as const

/** The one table of a run. */
export function summary({ model, faults, seconds, recordedSeconds, healSeconds, complaints }: Outcome, seed: number): string {
  const rows = KINDS.map((kind) => {
    const { operations, acknowledged, lost } = model.counts.get(kind) ?? { operations: 0, acknowledged: 0, lost: 0 }
    return [LABELS[kind], operations, acknowledged, lost] as const
  })
  const total = (column: 1 | 2 | 3): number => rows.reduce((sum, row) => sum + row[column], 0)
  const struck = [...faults].map(([name, count]) => `${name} ×${count}`).join(', ')
  const line = (cells: ReadonlyArray<string | number>): string => cells.map((cell, i) => (i === 0 ? String(cell).padEnd(20) : String(cell).padStart(13))).join('')
  return [
    line(['', 'operations', 'acknowledged', 'lost']),
    ...rows.map((row) => line(row)),
    line(['total', total(1), total(2), total(3)]),
    `${'faults'.padEnd(20)}${String([...faults.values()].reduce((sum, count) => sum + count, 0)).padStart(13)}  ${struck}`,
    `${'time to heal'.padEnd(20)}${`${healSeconds.toFixed(1)} s`.padStart(13)}`,
    `${'recorded'.padEnd(20)}${`${recordedSeconds.toFixed(0)} s`.padStart(13)}  of a run of ${seconds.toFixed(0)} s, seed ${seed}`,
    ...complaints.map((text) => styleText('red', `✗ ${text}`)),
    ''
  ].join('\n')
}
