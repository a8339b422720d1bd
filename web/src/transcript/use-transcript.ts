import { useEffect, useRef, useState } from 'react'
import type { TranscriptSaved, TranscriptState, TranscriptView } from '#protocols/http.ts'
import { ApiError, api } from '../api/client.ts'
import { refetch, useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { type Line, type Merged, mergeLines, removeLine, replaceLine } from './line-edits.ts'

/** Somebody else may be faster so often before an edit waits until later. @default 5 */
const MERGES = 5
/** Wait before it is tried again when it could not be stored, ms. @default 3000 */
const AGAIN_MS = 3000
/** Statuses of what the node will never take, however often it is asked. */
const REFUSALS: readonly number[] = [400, 403, 404, 413]

/** What is not stored yet, and what it was made of. */
interface Draft { readonly base: TranscriptView; readonly lines: readonly Line[] }

export interface TranscriptEditing {
  readonly state: TranscriptState | undefined
  readonly error: ApiError | undefined
  /** As they are here, stored or not. */
  readonly lines: readonly Line[]
  readonly isSaving: boolean
  /** Why what is here could not be stored yet; it is tried again by itself. Empty when nothing failed. */
  readonly failed: string
  readonly tryAgain: () => void
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

const isUnstored = (draft: Draft | undefined): draft is Draft => draft !== undefined && draft.lines !== draft.base.lines

/** The transcript of an asset, edited at once and stored behind; what others write meanwhile is merged line by line. */
export function useTranscript(asset: string, version: string): TranscriptEditing {
  const path = `/assets/${encodeURIComponent(asset)}/transcript`
  const { data, error, refresh } = useResource<TranscriptState>(version === '' ? path : `${path}?version=${encodeURIComponent(version)}`)
  const [draft, setDraft] = useState<Draft>()
  const latest = useRef<Draft>(undefined)
  const storing = useRef<Promise<void>>(undefined)
  const again = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [isSaving, setSaving] = useState(false)
  const [failed, setFailed] = useState('')
  useEffect(() => { if (storing.current === undefined && !isUnstored(latest.current)) keep(undefined) }, [version, data])
  // Leaving the page stores what could not be stored before.
  useEffect(() => () => { if (isUnstored(latest.current)) begin() }, [])

  const keep = (next: Draft | undefined): void => {
    latest.current = next
    setDraft(next)
  }

  /** Stores until nothing is left to store. */
  async function store(): Promise<void> {
    clearTimeout(again.current)
    setSaving(true)
    try {
      let merges = 0
      for (let sent = latest.current; isUnstored(sent); sent = latest.current) {
        try {
          await send(sent)
        } catch (cause) {
          if (!(cause instanceof ApiError) || cause.status !== 412 || ++merges > MERGES) throw cause
          await mergeTheirs()
        }
      }
      setFailed('')
    } catch (cause) {
      fail(cause)
    }
    refetch(path)
    setSaving(false)
  }

  /** What was written stays and is tried again, unless the node refuses it for good. */
  function fail(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause)
    if (cause instanceof ApiError && REFUSALS.includes(cause.status)) {
      letGo()
      toast(`Not saved: ${reason}`, 'bad')
      return
    }
    setFailed(reason)
    again.current = setTimeout(begin, AGAIN_MS)
  }

  function begin(): void {
    storing.current ??= store().finally(() => { storing.current = undefined })
  }

  function letGo(): void {
    clearTimeout(again.current)
    keep(undefined)
    setFailed('')
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
    begin()
  }

  async function put(body: unknown, type = 'application/json'): Promise<string | null> {
    const etag = data?.transcript?.etag
    await storing.current
    const { undo } = await api.put<TranscriptSaved>(path, type === 'application/json' ? JSON.stringify(body) : body, { 'content-type': type, ...(etag === undefined ? {} : { 'if-match': '*' }) })
    letGo()
    refetch(path)
    return undo
  }

  async function listen(): Promise<void> {
    await api.post(path, {})
    refetch(path)
  }

  async function goBack(): Promise<string | null> {
    await storing.current
    const { undo } = await api.remove(path, { 'if-match': '*' })
    letGo()
    refetch(path)
    return undo
  }

  return { state: data, error, lines: (version === '' ? draft?.lines : undefined) ?? data?.transcript?.lines ?? [], isSaving, failed, tryAgain: begin, change, put, listen, goBack, refresh }
}
