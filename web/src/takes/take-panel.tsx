import { Link } from 'wouter'
import type { TakeOfAsset } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { useUnlimited } from '../shell/use-may.ts'

/** On a clip's page: the take it is in. */
export function TakePanel({ asset }: { readonly asset: string }) {
  const { data } = useResource<TakeOfAsset>(useUnlimited(`/assets/${encodeURIComponent(asset)}/take`))
  const take = data?.take
  if (take === null || take === undefined) return null
  return <section className="card panel"><h2>Other cameras</h2><p className="small"><Link href={`/takes/${encodeURIComponent(take.id)}`}>{take.name}</Link>: {plural(take.angles.length, 'recording')} of this moment, in step.</p></section>
}
