/** One file on its way: `hashing` reads it, `storing` is acknowledged and being looked at. */
export interface Upload {
  readonly id: number
  readonly path: string
  readonly size: number
  readonly state: 'waiting' | 'hashing' | 'sending' | 'storing' | 'paused' | 'imported' | 'known' | 'refused' | 'failed'
  /** Bytes that were hashed, while it is. */
  readonly hashed: number
  readonly sent: number
  /** The node it goes to when that is not the page's own. */
  readonly node: string
  readonly reason: string
  readonly assetId: string | null
}

/** All files of the page's life, and sums over them. */
export interface UploadView {
  readonly uploads: readonly Upload[]
  readonly files: number
  readonly finished: number
  readonly bytes: number
  readonly sentBytes: number
  readonly troubled: number
  readonly paused: number
  /** Something is not finished; paused files count. */
  readonly busy: boolean
  /** 0 while nothing is sent, or it can not be told yet. */
  readonly bytesPerSecond: number
}

export const NO_UPLOADS: UploadView = { uploads: [], files: 0, finished: 0, bytes: 0, sentBytes: 0, troubled: 0, paused: 0, busy: false, bytesPerSecond: 0 }

const UNFINISHED = new Set<Upload['state']>(['waiting', 'hashing', 'sending', 'storing', 'paused'])
const RUNNING = new Set<Upload['state']>(['hashing', 'sending', 'storing'])

export const isUnfinished = ({ state }: Upload): boolean => UNFINISHED.has(state)
export const isRunning = ({ state }: Upload): boolean => RUNNING.has(state)

/** Sums a list of uploads. */
export function summarise(uploads: readonly Upload[], bytesPerSecond: number): UploadView {
  const sum = { finished: 0, bytes: 0, sentBytes: 0, troubled: 0, paused: 0 }
  for (const upload of uploads) {
    const { state, size, sent } = upload
    const isActive = isUnfinished(upload)
    sum.bytes += size
    sum.sentBytes += isActive ? Math.min(sent, size) : size
    if (!isActive) sum.finished += 1
    if (state === 'paused') sum.paused += 1
    if (state === 'refused' || state === 'failed') sum.troubled += 1
  }
  return { uploads, files: uploads.length, ...sum, busy: sum.finished < uploads.length, bytesPerSecond }
}
