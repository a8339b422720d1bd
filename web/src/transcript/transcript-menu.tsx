import { useRef } from 'react'
import { API } from '../api/client.ts'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'

/** How it goes out. */
const FORMATS = [['srt', 'SubRip (.srt)'], ['vtt', 'WebVTT (.vtt)'], ['vtt?words=true', 'WebVTT with the time of each word'], ['txt', 'Text'], ['json', 'JSON, with everything']] as const
const TYPES: Readonly<Record<string, string>> = { srt: 'application/x-subrip', vtt: 'text/vtt', json: 'application/json' }

interface TranscriptMenuProps {
  readonly asset: string
  readonly version: string
  /** There is something to take along. */
  readonly hasLines: boolean
  /** Takes one in, and resolves with what takes that back; nothing is taken in without. */
  readonly put: ((body: unknown, type: string) => Promise<string | null>) | undefined
}

function save(asset: string, file: string, version: string): void {
  const [ending = '', query] = file.split('?')
  const parts = new URLSearchParams(query)
  parts.set('download', 'true')
  if (version !== '') parts.set('version', version)
  Object.assign(document.createElement('a'), { href: `${API}/assets/${encodeURIComponent(asset)}/transcript.${ending}?${parts}`, download: '' }).click()
}

/** Transcripts out and in. */
export function TranscriptMenu({ asset, version, hasLines, put }: TranscriptMenuProps) {
  const file = useRef<HTMLInputElement>(null)
  async function take(chosen: File): Promise<void> {
    const type = TYPES[chosen.name.split('.').at(-1)?.toLowerCase() ?? '']
    try {
      if (type === undefined) throw new Error(`${chosen.name} is no SubRip, WebVTT or JSON`)
      const text = await chosen.text()
      const undo = await put?.(type === 'application/json' ? JSON.parse(text) : text, type)
      toast(`${chosen.name} is the transcript now. What was there before is among the versions.`, 'plain', wayBack(undo ?? null))
    } catch (error) {
      toast(`Not taken: ${error instanceof Error ? error.message : String(error)}`, 'bad')
    }
  }
  return (
    <>
      <select className="field" aria-label="Export and import" value="" onChange={({ target }) => { if (target.value === 'import') file.current?.click(); else save(asset, target.value, version) }}>
        <option value="">Export…</option>
        {hasLines ? FORMATS.map(([value, name]) => <option key={value} value={value}>{name}</option>) : null}
        {put === undefined ? null : <option value="import">Import a file…</option>}
      </select>
      <input ref={file} type="file" hidden aria-hidden="true" accept=".srt,.vtt,.json" onChange={({ target }) => { const [chosen] = target.files ?? []; target.value = ''; if (chosen !== undefined) void take(chosen) }} />
    </>
  )
}
