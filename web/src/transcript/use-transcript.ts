import { useEffect, useRef, useState } from 'react'
import type { TranscriptSaved, TranscriptState, TranscriptView } from '#protocols/http.ts'
import { ApiError, api } from '../api/client.ts'
import { refetch, useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { type Line, type Merged, mergeLines, removeLine, replaceLine } from './line-edits.ts'

/** Somebody else may be faster so often before an edit is given up. @default 5 */
const MERGES = 5

/** What is not stored yet, and what it was made of. */
interface Draft { readonly base: TranscriptView; readonly lines: readonly Line[] }

export interface TranscriptEditing {
  readonly state: TranscriptState | undefined
  readonly error: ApiError | undefined
  /** As they are here, stored or not. */
  readonly lines: readonly Line[]
  readonly isSaving: boolean
  readonly change: (edit: (lines: readonly Line[]) => readonly Line[]) => void
  /** Takes the place of everything: captions of a file, or another version. Resolves with what takes that back. */
  readonly put: (body: unknown, type?: string) => Promise<string | null>
  /** Have a model listen although there are captions. */
  readonly listen: () => Promise<void>
  /** Back to what was there before people wrote. Resolves with what takes that back. */
  readonly goBack: () => Promise<string | null>
  readonly refresh: () => void
}

const bodyOf = ({ lines }: { readonly lines: readonly Line[] }, language: string): object => ({ language, lines })

/** The transcript of an asset, edited at once and stored behind; what others write meanwhile is merged line by line. */
export function useTranscript(asset: string, version: string): TranscriptEditing {
  const path = `/assets/${encodeURIComponent(asset)}/transcript`
  const { data, error, refresh } = useResource<TranscriptState>(version === '' ? path : `${path}?version=${encodeURIComponent(version)}`)
  const [draft, setDraft] = useState<Draft>()
  const latest = useRef<Draft>(undefined)
  const storing = useRef<Promise<void>>(undefined)
  const [isSaving, setSaving] = useState(false)
  useEffect(() => {
    if (storing.current !== undefined) return
    latest.current = undefined
    setDraft(undefined)
  }, [asset, version, data])

  const keep = (next: Draft | undefined): void => {
    latest.current = next
    setDraft(next)
  }

  /** Stores until nothing is left to store. */
  async function store(): Promise<void> {
    setSaving(true)
    try {
      let merges = 0
      for (let sent = latest.current; sent !== undefined && sent.lines !== sent.base.lines; sent = latest.current) {
        try {
          await send(sent)
        } catch (cause) {
          if (!(cause instanceof ApiError) || cause.status !== 412 || ++merges > MERGES) throw cause
          await mergeTheirs()
        }
      }
    } catch (cause) {
      keep(undefined)
      toast(`Not saved: ${cause instanceof Error ? cause.message : String(cause)}`, 'bad')
    }
    refetch(path)
    setSaving(false)
  }

  async function send(sent: Draft): Promise<void> {
    const { answer: { etag } } = await api.put<TranscriptSaved>(path, JSON.stringify(bodyOf(sent, sent.base.language)), { 'content-type': 'application/json', 'if-match': `"${sent.base.etag}"` })
    keep({ base: { ...sent.base, etag, lines: sent.lines as TranscriptView['lines'] }, lines: latest.current?.lines ?? sent.lines })
  }

  async function mergeTheirs(): Promise<void> {
    const { transcript } = await api.get<TranscriptState>(path)
    const now = latest.current
    if (now === undefined || transcript === null) return
    const merged = mergeLines(now.base.lines, now.lines, transcript.lines)
    keep({ base: transcript, lines: merged.lines })
    if (merged.contested.length > 0) tell(merged)
  }

  function tell({ contested }: Merged): void {
    const takeTheirs = (): void => change((lines) => contested.reduce<readonly Line[]>((all, { id, theirs }) => theirs === undefined ? removeLine(all, id) : replaceLine(all, id, theirs), lines))
    toast(`Somebody else changed ${plural(contested.length, 'of the same lines', 'of the same lines')} meanwhile. Yours stand.`, 'bad', { label: 'Take theirs', act: takeTheirs })
  }

  function change(edit: (lines: readonly Line[]) => readonly Line[]): void {
    const base = latest.current?.base ?? data?.transcript
    if (base === undefined || base === null) return
    keep({ base, lines: edit(latest.current?.lines ?? base.lines) })
    if (storing.current === undefined) storing.current = store().finally(() => { storing.current = undefined })
  }

  async function put(body: unknown, type = 'application/json'): Promise<string | null> {
    const etag = data?.transcript?.etag
    await storing.current
    keep(undefined)
    const { undo } = await api.put<TranscriptSaved>(path, type === 'application/json' ? JSON.stringify(body) : body, { 'content-type': type, ...(etag === undefined ? {} : { 'if-match': '*' }) })
    refetch(path)
    return undo
  }

  async function listen(): Promise<void> {
    await api.post(path, {})
    refetch(path)
  }

  async function goBack(): Promise<string | null> {
    await storing.current
    keep(undefined)
    const { undo } = await api.remove(path, { 'if-match': '*' })
    refetch(path)
    return undo
  }

  return { state: data, error, lines: draft?.lines ?? data?.transcript?.lines ?? [], isSaving, change, put, listen, goBack, refresh }
}
