import type { AssetSelection, JobView } from '#protocols/http.ts'
import { API, api, errorOf, silence } from '../api/client.ts'
import { toast } from '../design/toast.tsx'

async function writeSidecars(selection: AssetSelection): Promise<void> {
  try {
    await api.post<JobView>('/xmp/write', selection)
    toast('Sidecars are being written beside the originals that lie on this node; the job says what became of each.')
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'bad')
  }
}

async function downloadSidecars(selection: AssetSelection): Promise<void> {
  toast('The sidecars are being packed; the download begins by itself.')
  try {
    const answer = await fetch(`${API}/xmp/package`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(selection) }).catch(() => { throw silence() })
    if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => null))
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(await answer.blob()), download: 'sidecars.zip' })
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'bad')
  }
}

/** What can be written of clips for other programs. */
export function ExportMenu({ selection }: { readonly selection: AssetSelection }) {
  return (
    <select className="field" aria-label="Sidecars" value="" onChange={({ target }) => void (target.value === 'write' ? writeSidecars(selection) : downloadSidecars(selection))}>
      <option value="">Sidecars</option>
      <option value="write">Write beside the originals</option>
      <option value="zip">Download as ZIP</option>
    </select>
  )
}
