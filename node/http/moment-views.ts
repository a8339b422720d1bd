/** Moments as the HTTP API tells them. */
import type { CoverageView, FoundView, MomentView, SubjectView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Coverage, Found, Moment } from '../understanding/moments/moments.ts'
import type { Subject } from '../understanding/subject.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export type ViewCatalog = Pick<Ring['catalog'], 'cameras'> & { readonly index: Pick<Ring['catalog']['index'], 'asset'> }

/** Undefined for what left the library a moment ago. */
export function foundView(catalog: ViewCatalog, { subject, score, moments }: Found): FoundView | undefined {
  const view = subjectView(catalog, subject)
  return view && { subject: view, score, moments: moments.map((moment) => momentView(subject, moment)) }
}

function subjectView(catalog: ViewCatalog, { kind, id }: Subject): SubjectView | undefined {
  if (kind === 'camera') return { kind, id, title: catalog.cameras().find((camera) => camera.id === id)?.name ?? id, mediaKind: 'camera', durationMs: null }
  const asset = catalog.index.asset(id as AssetId)
  return asset && { kind, id, title: asset.title === '' ? asset.facts.name : asset.title, mediaKind: asset.facts.kind, durationMs: asset.facts.probe.durationMs ?? null }
}

const momentView = (subject: Subject, { why, ...moment }: Moment): MomentView => ({
  ...moment, picture: pictureAddress(subject, moment.pictureMs), why: why.map((reason) => ({ ...reason }))
})

const pictureAddress = ({ kind, id }: Subject, atMs: number): string => kind === 'camera' ? `/api/v1/cameras/${id}/thumbnail?at=${Math.round(atMs)}&width=480` : `/api/v1/assets/${id}/picture?at=${Math.round(atMs)}`

export function coverageView({ understoodMs, totalMs, silent, off }: Coverage): CoverageView {
  const share = Math.floor(Math.min(1, understoodMs / Math.max(1, totalMs)) * 100)
  const who = silent.length === 0 ? '' : `; ${silent.length === 1 ? 'node' : 'nodes'} ${silent.join(', ')} did not answer`
  return { understoodMs, totalMs, silent: [...silent], off: [...off], text: `${totalMs > 0 ? `${share} % of ${lengthText(totalMs)} understood` : 'there is nothing yet to be looked into'}${who}` }
}

/** As people say how much film there is. */
function lengthText(ms: number): string {
  if (ms >= HOUR_MS) return `${Math.round(ms / HOUR_MS).toLocaleString('en')} h`
  return ms >= MINUTE_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${Math.round(ms / 1000)} s`
}
