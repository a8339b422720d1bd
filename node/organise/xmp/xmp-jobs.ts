import type { JobView } from '#protocols/http.ts'
import type { AssetSelection } from '#protocols/http.ts'
import type { Asset } from '#ring'
import type { JobHandle, Jobs, JobTask } from '../../jobs/jobs.ts'
import type { Edits } from '../edits.ts'
import type { Person } from '../person.ts'
import type { Selected } from '../selected.ts'
import { extensionOf, shortened, withoutExtension } from '../short-name.ts'
import type { SidecarResult, Sidecars } from './sidecars.ts'
import { writeXmp } from './write-xmp.ts'

/** Sidecars of many assets at once. */
export interface XmpJobs {
  /** Beside their originals, a result each: written counts as imported, the same already as known, anything else as refused, with its reason. */
  write(selection: AssetSelection): JobView
  /** Reads those beside the originals of this node again, as one step of the person. */
  read(who: Person, selection: AssetSelection, replace: boolean): JobView
  /** Sidecars as files of an archive. */
  files(selection: AssetSelection): AsyncGenerator<{ name: string; text: string }>
}

const KIND = 'xmp'

interface XmpJobsComponents {
  jobs: Pick<Jobs, 'submit' | 'register'>
  sidecars: Pick<Sidecars, 'read' | 'write'>
  selected: Selected
  edits: Pick<Edits, 'series'>
}

export function createXmpJobs({ jobs, sidecars, selected, edits }: XmpJobsComponents): XmpJobs {
  async function each(job: JobHandle, selection: AssetSelection, work: (asset: Asset) => Promise<SidecarResult>): Promise<void> {
    const counts = { written: 0, unchanged: 0, elsewhere: 0, failed: 0 }
    for await (const asset of selected.assets(selection)) {
      await job.turn()
      const { outcome, path, reason } = await work(asset)
      counts[outcome]++
      job.note({ path, assetId: asset.facts.id, copies: 0, outcome: outcome === 'written' ? 'imported' : outcome === 'unchanged' ? 'known' : 'refused', reason })
      job.update({ filesDone: job.view.filesDone + 1, filesTotal: Math.max(job.view.filesTotal, job.view.filesDone + 1), report: counts })
    }
  }

  const writing = (selection: AssetSelection): JobTask => ({ kind: KIND, title: 'Write sidecars beside the originals', params: { write: selection }, run: (job) => each(job, selection, (asset) => sidecars.write(asset)) })
  const reading = ({ kind, id, name }: Person, selection: AssetSelection, replace: boolean): JobTask => ({
    kind: KIND, title: 'Read the sidecars beside the originals', params: { read: selection, replace, who: { kind, id, name } },
    run(job) {
      const step = edits.series({ kind, id, name }, replace ? "sidecars in place of people's words" : 'sidecars where nothing was said', { byPerson: replace })
      return each(job, selection, (asset) => sidecars.read(asset, replace, step))
    }
  })

  jobs.register(KIND, ({ write, read, replace, who }) => write === undefined ? reading(who as Person, read as AssetSelection, replace === true) : writing(write as AssetSelection))

  return {
    write: (selection) => jobs.submit(writing(selection)),
    read: (who, selection, replace) => jobs.submit(reading(who, selection, replace)),
    async *files(selection) {
      const names = new Set<string>()
      for await (const asset of selected.assets(selection)) {
        const clean = asset.facts.name.replace(/[\\/:\p{Cc}]/gu, '_')
        const named = (before: string): string => shortened(before + withoutExtension(clean), extensionOf(clean))
        const name = names.has(named('').toLowerCase()) ? named(`${asset.facts.id.slice(0, 12)}-`) : named('')
        names.add(name.toLowerCase())
        yield { name: `${name}.xmp`, text: writeXmp(asset) }
      }
    }
  }
}
