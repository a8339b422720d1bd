import { useState } from 'react'
import type { PackageReport } from '#protocols/http.ts'
import { Dialog } from '../design/dialog.tsx'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import { useAct } from '../organise/use-act.ts'
import { bringPackage, formatOf, FORMATS, type PackageFormat } from './package-file.ts'
import { Report } from './package-report.tsx'
import './imports.css'

/** Brings a metadata package in: a file, what it would change, and only then the change. */
export function PackageDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>()
  const [format, setFormat] = useState<PackageFormat>('csv')
  const [report, setReport] = useState<PackageReport>()
  const { busy, why, act } = useAct(() => undefined)
  const choose = (chosen: File | undefined): void => {
    setFile(chosen)
    setReport(undefined)
    setFormat(formatOf(chosen?.name ?? '') ?? format)
  }
  const bring = (dryRun: boolean): Promise<void> => act(async () => {
    if (file === undefined) return
    setReport(undefined)
    const answer = await bringPackage(file, format, dryRun)
    setReport(answer)
    const { undo: id } = answer
    if (!dryRun) toast(`The package is in: ${plural(answer.changed, 'clip')} changed.`, 'plain', wayBack(id))
  })
  return (
    <Dialog title="Bring a metadata package in" onClose={onClose}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void bring(report?.dryRun !== true) }}>
        <p className="dim">Titles, tags, ratings, notes, marks, own fields and albums of clips that are in the library already. Rows are matched by id, else by name and size. Export a package to see what one looks like.</p>
        <label><span className="label">File</span><input className="field" type="file" name="package" accept=".csv,.xml,.json" required autoFocus onChange={(event) => choose(event.target.files?.[0])} /></label>
        <label><span className="label">Format</span><select className="field" value={format} onChange={(event) => { setFormat(event.target.value as PackageFormat); setReport(undefined) }}>{FORMATS.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</select></label>
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        {busy ? <p className="small dim" role="status">The node reads it…</p> : null}
        {report === undefined ? null : <Report report={report} />}
        <div className="row wrap end">
          {report?.dryRun === false ? <button type="button" className="button primary" onClick={onClose}>Close</button>
            : <button type="submit" className="button primary" disabled={busy || file === undefined || report?.changed === 0}>{report === undefined ? 'See what would change' : `Change ${plural(report.changed, 'clip')}`}</button>}
        </div>
      </form>
    </Dialog>
  )
}
