import { OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { MAX_SDP_BYTES } from '../../live/sdp-offer.ts'

/** Longest another node may take to answer an offer, in milliseconds. @default 8000 */
export const ELSEWHERE_MS = 8_000
/** Sessions on other nodes remembered here; the oldest is forgotten, and ends by itself when its viewer leaves. @default 4096 */
export const MAX_ELSEWHERE = 4_096
/** Says that a node sent this viewer on already; no other does it again. */
export const SENT_ON = 'sent-on'

/** Where a viewer that may follow is sent: the same camera on another node. */
export const cameraOf = (page: string, camera: CameraId): string => `${new URL(page).origin}/whep/${camera}?${SENT_ON}=1`

/**
 * Viewers that this node has no room for and whose browser may not follow to another: the page's policy and the other node's both keep to their own origin.
 * Their offer is handed on, from node to node; the media then goes straight from the other node to the viewer.
 */
export interface Elsewhere {
  /** @throws OverloadedError when the other node does not take it */
  create(page: string, camera: CameraId, offer: string): Promise<{ id: string; answer: string }>
  /** True when the session is on another node; it has then been told. */
  tell(camera: CameraId, id: string, method: 'PATCH' | 'DELETE', body?: { text: string; type: string }): Promise<boolean>
}

export function createElsewhere(): Elsewhere {
  const sessions = new Map<string, { camera: CameraId; url: string }>()

  function remember(id: string, camera: CameraId, url: string): void {
    sessions.set(id, { camera, url })
    const [oldest] = sessions.keys()
    if (sessions.size > MAX_ELSEWHERE && oldest !== undefined) sessions.delete(oldest)
  }

  return {
    async create(page, camera, offer) {
      const endpoint = cameraOf(page, camera)
      const response = await ask(endpoint, 'POST', { text: offer, type: 'application/sdp' })
      const url = URL.parse(response?.headers.get('location') ?? '', endpoint)
      const id = url === null ? undefined : new RegExp(`^/whep/${camera}/([\\w-]{20,64})$`).exec(url.pathname)?.[1]
      if (response?.status !== 201 || url === null || id === undefined || url.origin !== new URL(page).origin) {
        await response?.body?.cancel()
        throw new OverloadedError('this node is as busy with viewers as it may be, and the others take no more; try again in a moment')
      }
      const answer = await readAtMost(response, MAX_SDP_BYTES)
      remember(id, camera, url.href)
      return { id, answer }
    },
    async tell(camera, id, method, body) {
      const session = sessions.get(id)
      if (session?.camera !== camera) return false
      if (method === 'DELETE') sessions.delete(id)
      const response = await ask(session.url, method, body)
      await response?.body?.cancel()
      return true
    }
  }
}

async function ask(url: string, method: string, body?: { text: string; type: string }): Promise<Response | undefined> {
  try {
    return await fetch(url, { method, redirect: 'manual', signal: AbortSignal.timeout(ELSEWHERE_MS), ...(body === undefined ? {} : { body: body.text, headers: { 'content-type': body.type } }) })
  } catch {
    return undefined
  }
}

/** @throws OverloadedError when there is more */
async function readAtMost(response: Response, most: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.byteLength
    if (size > most) throw new OverloadedError('the other node\'s answer is too long to be one')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
