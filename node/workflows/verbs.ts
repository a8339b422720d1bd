import type { Verb } from './verb.ts'
import { backup } from './verbs/backup.ts'
import { offload } from './verbs/cards.ts'
import { editAssets, tag } from './verbs/edit.ts'
import { exportRange } from './verbs/export.ts'
import { gc, retention, verify } from './verbs/keep.ts'
import { recent, search, stats } from './verbs/look.ts'
import { batches, paths } from './verbs/organise.ts'
import { importFiles, scan } from './verbs/scan.ts'
import { syncAlbum } from './verbs/sync-album.ts'
import { webhook } from './verbs/webhook.ts'

/** Every word of the workflow language, by its name. */
export const VERBS: ReadonlyMap<string, Verb> = new Map(
  [scan, importFiles, syncAlbum, offload, backup, stats, recent, search, paths, batches, tag, editAssets, verify, exportRange, retention, gc, webhook].map((verb) => [verb.action, verb])
)
