import type { AssetView, DeviceList } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Jobs } from '../../../jobs/jobs.ts'
import type { RingJobs } from '../../../jobs/ring-jobs.ts'
import type { Importer } from '../../../library/importer.ts'
import type { Spool } from '../../../library/spool.ts'
import type { CameraSettingsKeeper } from '../../../recording/camera-settings.ts'
import type { Motions } from '../../../understanding/motion/motions.ts'
import type { Actions } from '../../../workflows/actions.ts'
import { fileRow, type FileRow } from '../../../workflows/file-row.ts'

export interface SeedComponents {
  readonly actions: Actions
  readonly jobs: Pick<Jobs, 'submit' | 'ended' | 'find'>
  readonly ringJobs: RingJobs
  readonly importer: Importer
  readonly spool: Pick<Spool, 'with'>
  readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'>
  readonly motions: Pick<Motions, 'submit' | 'read'>
  /** Vectors in the index of this node. */
  readonly vectors: () => Promise<number>
  readonly settings: Pick<CameraSettingsKeeper, 'read' | 'turn'>
  /** This node, in `AssetLocation`. */
  readonly self: string
  readonly devices: () => Promise<DeviceList>
}

/** Assets as rows. */
export const fileRows = (assets: readonly AssetView[], { batches }: Actions): FileRow[] => {
  const names = batches?.names() ?? new Map<string, string>()
  return assets.map((asset) => fileRow(asset, names))
}
