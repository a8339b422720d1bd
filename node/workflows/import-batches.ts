import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { BatchView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Folders } from '../folders/folders.ts'
import type { Scans } from '../folders/scans.ts'
import { assetView } from '../http/views.ts'
import type { Jobs, JobTask } from '../jobs/jobs.ts'
import { type Batches, MAX_BATCHES } from '../organise/batches.ts'
import type { Person } from '../organise/person.ts'
import type { Actions } from './actions.ts'
import { endedJob } from './ended-job.ts'
import { fileRow, type FileRow } from './file-row.ts'

/** Who takes an import back when nobody is said to. */
const NOBODY: Person = Object.freeze({ kind: 'workflow', id: '', name: 'a workflow' })

const KIND = 'import'
/** What an import is made again of. */
interface ImportParams { readonly places: readonly string[]; readonly batch: { readonly id: string; readonly name: string } }

export interface ImportBatchesComponents {
  readonly index: Pick<Ring['catalog']['index'], 'assets'>
  readonly batches: Pick<Batches, 'list' | 'undo'>
  readonly folders: Pick<Folders, 'holding'>
  readonly scans: Pick<Scans, 'scan'>
  readonly jobs: Pick<Jobs, 'submit' | 'register' | 'find' | 'changed' | 'cancel'>
}

/** Batches as the first clients know them: imports by their names. Imports of one name are one batch; what an earlier import brought in stays with that one. */
export function createImportBatches({ index, batches, folders, scans, jobs }: ImportBatchesComponents): NonNullable<Actions['batches']> {
  const all = (): BatchView[] => batches.list({ limit: MAX_BATCHES }).batches
  const called = (name: string): BatchView[] => all().filter((batch) => batch.name === name || batch.id === name)
  const names = (): Map<string, string> => new Map(all().map(({ id, name }) => [id, name]))

  async function* rowsOf(ids: readonly string[]): AsyncGenerator<FileRow> {
    const known = names()
    for (const batch of ids) {
      for (let page = index.assets({ batch, limit: 500 }); ; page = index.assets({ batch, limit: 500, cursor: page.cursor })) {
        yield* page.assets.map((asset) => fileRow(assetView(asset), known))
        if (page.cursor === undefined) break
        await turn()
      }
    }
  }

  /** One scan after the other, as one import. */
  function taskOf({ places, batch }: ImportParams): JobTask {
    return {
      kind: KIND, title: `${batch.name}: ${places.length} places`, params: { places, batch },
      async run(job) {
        job.update({ filesTotal: places.length })
        for (const [done, place] of places.entries()) {
          await job.turn()
          const scan = await endedJob(jobs, (await scans.scan(place, { batch })).id, { signal: job.signal, onStep: (step) => job.update({ step: `${place}: ${step}` }) })
          if (scan.state !== 'done') throw new RefusedError(`${place}: ${scan.error ?? 'the scan did not end well'}`)
          job.update({ filesDone: done + 1, imported: job.view.imported + scan.imported, known: job.view.known + scan.known, refused: job.view.refused + scan.refused })
        }
      }
    }
  }
  jobs.register(KIND, (params) => taskOf(params as unknown as ImportParams))

  return {
    names,
    async list() {
      const counts = new Map<string, number>()
      for (const [at, { id, name }] of all().entries()) {
        if (at % 100 === 99) await turn()
        counts.set(name, (counts.get(name) ?? 0) + index.assets({ batch: id, limit: 1 }).total)
      }
      return [...counts].map(([batch, count]) => ({ batch, count })).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
    },
    async show(name) {
      const rows: FileRow[] = []
      for await (const row of rowsOf(called(name).map(({ id }) => id))) rows.push(row)
      if (rows.length === 0) throw new NotFoundError(`there is no batch ${JSON.stringify(name.slice(0, 60))}: GET /batches lists them`)
      return rows
    },
    async add({ name, folder, paths = [] }) {
      const places = folder === undefined ? paths : [folder]
      const [first, ...others] = places
      if (first === undefined) throw new InvalidInputError('say what the batch is of: "folder", or "paths"')
      for (const place of places) await folders.holding(place) // before anything is done
      const id = randomUUID()
      const job_id = others.length === 0 ? (await scans.scan(first, { batch: { id, ...(name !== undefined && { name }) } })).id : jobs.submit(taskOf({ places, batch: { id, name: name ?? first.split('/').at(-1) ?? first } })).id
      return { job_id, status: 'started' }
    },
    async remove(name, who = NOBODY) {
      const done = { removed: 0, left: 0 }
      for (const { id } of called(name)) {
        const { trashed, leftCount } = await batches.undo(who, id)
        done.removed += trashed
        done.left += leftCount
      }
      return called(name).length === 0 ? undefined : done
    }
  }
}
