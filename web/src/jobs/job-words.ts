import type { JobView } from '#protocols/http.ts'
import { formatAge, formatBytes, plural } from '../design/format.ts'
import type { Pace } from './pace.ts'

/** What a kind of job is called, when its own word is not enough. */
const KINDS: Readonly<Record<string, string>> = { scan: 'Folder scan', verify: 'Verification', workflow: 'Workflow', offload: 'Card offload', derive: 'Previews', backup: 'Backup', sync_album: 'Album folder', cloud: 'Cloud copy', drill: 'Cloud drill', recall: 'Back from the cloud' }

export const kindOf = (kind: string): string => KINDS[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1)

/** How much of it is done, 0 to 1. */
export function shareOf({ bytesTotal, bytesDone, filesTotal, filesDone, state }: JobView): number {
  if (state === 'done') return 1 // what was there already was not done again
  if (bytesTotal > 0) return Math.min(1, bytesDone / bytesTotal)
  if (filesTotal > 0) return Math.min(1, filesDone / filesTotal)
  return 0
}

/** `12 of 40 files · 1.2 GB of 4 GB`; a verification reads chunks, a workflow takes steps. */
export function amountOf({ kind, state, filesTotal, bytesTotal, ...job }: JobView): string {
  const [filesDone, bytesDone] = state === 'done' ? [filesTotal, bytesTotal] : [job.filesDone, job.bytesDone]
  const unit = kind === 'verify' ? 'chunk' : kind === 'workflow' ? 'step' : 'file'
  const files = filesTotal > 0 || filesDone > 0 ? `${filesDone.toLocaleString('en')} of ${plural(filesTotal, unit)}` : ''
  const bytes = bytesTotal > 0 ? `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}` : ''
  return [files, bytes].filter((part) => part !== '').join(' · ')
}

/** `84 MB/s, 2 minutes left`. */
export function paceWords(pace: Pace | undefined, isRunning: boolean): string {
  if (pace === undefined) return ''
  const speed = pace.bytesPerSecond > 0 ? `${formatBytes(pace.bytesPerSecond)}/s` : `${pace.filesPerSecond.toFixed(pace.filesPerSecond < 10 ? 1 : 0)}/s`
  return isRunning && pace.leftMs !== undefined ? `${speed}, ${formatAge(pace.leftMs)} left` : speed
}

/** What became of its files, in words; empty when it has none. */
export function outcomeOf({ imported, known, refused }: JobView): string {
  const parts = [imported > 0 ? `${imported.toLocaleString('en')} added` : '', known > 0 ? `${known.toLocaleString('en')} already there` : '', refused > 0 ? `${refused.toLocaleString('en')} refused` : '']
  return parts.filter((part) => part !== '').join(', ')
}

/** What can be ordered of it now; what a node does not say goes. */
export function ordersOf({ state, pausable = true, retryable = true }: JobView): readonly ('pause' | 'resume' | 'cancel' | 'retry')[] {
  if (state === 'running') return pausable ? ['pause', 'cancel'] : ['cancel']
  if (state === 'paused') return ['resume', 'cancel']
  return state === 'done' || !retryable ? [] : ['retry']
}
