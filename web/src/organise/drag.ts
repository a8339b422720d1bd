import type { DragEvent } from 'react'
import type { AlbumView, BulkEditResult } from '#protocols/http.ts'
import { api, MANY_TIMEOUT_MS } from '../api/client.ts'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { selection } from './selection.ts'
import { done } from './undo.ts'

const TYPE = 'application/x-thatdam-assets'

/** Lets a card be dragged: with it all that are chosen, when it is one of them. */
export function startDrag(event: DragEvent, id: string): void {
  const ids = selection.has(id) ? [...selection.get()] : [id]
  event.dataTransfer.setData(TYPE, JSON.stringify(ids))
  event.dataTransfer.effectAllowed = 'copy'
}

export const bringsAssets = (event: DragEvent): boolean => event.dataTransfer.types.includes(TYPE)

/** The ids of the clips that were dropped. */
export function droppedAssets(event: DragEvent): string[] {
  try {
    const ids: unknown = JSON.parse(event.dataTransfer.getData(TYPE))
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

export async function putInAlbum({ id, name }: Pick<AlbumView, 'id' | 'name'>, ids: readonly string[]): Promise<void> {
  try {
    const result = await api.post<BulkEditResult>(`/albums/${id}/assets`, { ids }, MANY_TIMEOUT_MS)
    done(result.changed === 0 ? `Already in ${name}.` : `${plural(result.changed, 'clip')} put into ${name}`, result)
  } catch (error) {
    toast(`Not put into ${name}: ${error instanceof Error ? error.message : String(error)}`, 'bad')
  }
}
