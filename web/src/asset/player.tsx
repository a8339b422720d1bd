import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import type { AssetView, DerivedList } from '#protocols/http.ts'
import { connection } from '../api/connection.ts'
import { useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { stillOf } from '../library/poster.tsx'
import { contentOf, whyAway } from './content-address.ts'
import { proxyOf, ProxyVideo, RUNNING } from './proxy-video.tsx'

/** What could not be played or shown, and why the node did not give it; where it did, the browser can not. */
interface Failed { readonly original: boolean; readonly proxy: boolean; readonly preview: boolean; readonly why: string }
const NOTHING_FAILED: Failed = { original: false, proxy: false, preview: false, why: '' }

/** The bytes are not to be had now. */
function Away({ asset: { id, name, poster, kind }, why, tryAgain }: { readonly asset: AssetView; readonly why: string; readonly tryAgain: () => void }) {
  return (
    <div className="stage cannot">
      {poster ? <img src={stillOf(id)} alt={`A still of ${name}`} /> : null}
      <div className="cannot-words" role="alert">
        <Icon name={kind} />
        <p><strong>It cannot be {kind === 'image' ? 'shown' : 'played'} now:</strong> {why}</p>
        <button type="button" className="button primary" onClick={tryAgain}>Try again</button>
      </div>
    </div>
  )
}

function CannotPlay({ asset, isComing }: { readonly asset: AssetView; readonly isComing: boolean }) {
  const { id, name, poster, probe, kind } = asset
  const codec = probe.videoCodec ?? probe.audioCodec ?? probe.container
  return (
    <div className="stage cannot">
      {poster ? <img src={stillOf(id)} alt={`A still of ${name}`} /> : null}
      <div className="cannot-words">
        <Icon name={kind} />
        <p><strong>This browser cannot play {codec}.</strong> {isComing ? 'A copy that it can play is being made; it appears here by itself. ' : ''}The original is whole and unchanged; open it in a player or an editor that can.</p>
        <a className="button primary" href={contentOf(id)} download={name}><Icon name="download" />Download the original</a>
      </div>
    </div>
  )
}

/** A JPEG of a picture whose format few browsers show. */
const previewOf = (id: string): string => `/api/v1/assets/${encodeURIComponent(id)}/preview`

function Preview({ asset, over, fail, onOriginal }: { readonly asset: AssetView; readonly over: ReactNode; readonly fail: () => void; readonly onOriginal: (() => void) | undefined }) {
  return (
    <div>
      <div className="stage"><img src={previewOf(asset.id)} alt={asset.title || asset.name} onError={fail} />{over}</div>
      <p className="small dim row spread">This is a copy made for browsers; the original is whole and unchanged.{onOriginal === undefined ? null : <button type="button" className="button quiet" onClick={onOriginal}>Show the original</button>}</p>
    </div>
  )
}

interface OriginalProps {
  readonly asset: AssetView
  readonly runs: boolean
  readonly fail: () => void
  /** The bytes are here, and the browser has no picture for them. */
  readonly failBlind: () => void
}

/** The original, as the browser plays it by itself. */
function Original({ asset, runs, fail, failBlind }: OriginalProps) {
  const { id, kind, name, title, probe } = asset
  if (kind === 'image') return <img src={contentOf(id)} alt={title || name} onError={fail} />
  if (kind === 'audio') return <audio src={contentOf(id)} controls preload="metadata" onError={fail} />
  return (
    <video src={contentOf(id)} controls playsInline {...runs && RUNNING} preload="metadata" poster={asset.poster ? stillOf(id) : undefined} onError={fail}
      // A browser may know the sound and not the picture of a file: then it "plays" with no picture at all.
      onLoadedMetadata={({ currentTarget }) => { if (currentTarget.videoWidth === 0 && probe.videoCodec !== undefined) failBlind() }} />
  )
}

/** Plays or shows a clip: the original where the browser can, its proxy where it can not or should not; what has neither is said, with its still and its download; so is why the bytes are not to be had now. `over` lies over the picture; one that `runs` begins by itself, without sound, again and again. */
export function Player({ asset, over = null, runs = false }: { readonly asset: AssetView; readonly over?: ReactNode; readonly runs?: boolean }) {
  const { id, kind, poster } = asset
  const { data } = useResource<DerivedList>(`/assets/${encodeURIComponent(id)}/derived`)
  const [failed, setFailed] = useState(NOTHING_FAILED)
  const [wantsOriginal, setWantsOriginal] = useState(false)
  const { state } = useSyncExternalStore(connection.subscribe, connection.get)
  const tryAgain = (): void => setFailed(NOTHING_FAILED)
  useEffect(() => { if (state === 'up') tryAgain() }, [state])
  const failOriginal = (why: string): void => {
    setFailed((now) => ({ ...now, original: true, why: why || now.why }))
    setWantsOriginal(false)
  }
  const failProxy = (): void => void whyAway(proxyOf(id)).then((why) => setFailed((now) => ({ ...now, proxy: true, why })))
  const wantOriginal = (): void => {
    tryAgain()
    setWantsOriginal(true)
  }
  const whyNot = failed.original && failed.why !== '' ? <span className="why" role="alert">{failed.why}</span> : null
  const proxy = data?.derived.find(({ name }) => name === 'proxy')
  const hasProxy = proxy?.state === 'made' && !failed.proxy
  const still = poster ? stillOf(id) : undefined
  const preview = data?.derived.find(({ name }) => name === 'preview')
  if (preview?.state === 'made' && !failed.preview && !wantsOriginal) {
    return <Preview asset={asset} over={over} fail={() => setFailed((now) => ({ ...now, preview: true }))} onOriginal={failed.original && failed.why === '' ? undefined : wantOriginal} />
  }
  if (hasProxy && !wantsOriginal && kind !== 'image') {
    return (
      <div>
        <div className={kind === 'audio' ? 'stage sound' : 'stage'}>
          {kind === 'audio' ? still === undefined ? <Icon name="audio" /> : <img src={still} alt="" /> : null}
          <ProxyVideo key={id} id={id} kind={kind} runs={runs} poster={still} onFail={failProxy} />
          {over}
        </div>
        <p className="small dim row spread">This is a copy made for browsers; the original is whole and unchanged.{whyNot}{failed.original && whyNot === null ? null : <button type="button" className="button quiet" onClick={wantOriginal}>Play the original</button>}</p>
      </div>
    )
  }
  if (failed.original && failed.why !== '') return <Away asset={asset} why={failed.why} tryAgain={tryAgain} />
  if (failed.original) return <CannotPlay asset={asset} isComing={[proxy, preview].some((one) => one !== undefined && one.state !== 'failed' && one.state !== 'made')} />
  return (
    <div className={kind === 'audio' ? 'stage sound' : 'stage'}>
      {kind === 'audio' ? still === undefined ? <Icon name="audio" /> : <img src={still} alt="" /> : null}
      <Original asset={asset} runs={runs} fail={() => void whyAway(contentOf(id)).then(failOriginal)} failBlind={() => failOriginal('')} />
      {over}
    </div>
  )
}
