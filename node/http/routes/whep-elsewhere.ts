import type { FastifyRequest } from 'fastify'
import { OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { MAX_SDP_BYTES } from '../../live/webrtc/sdp.ts'
import type { ViewerWishes } from '../../live/whep/whep-sessions.ts'

/** Longest another node may take to answer an offer, in milliseconds. @default 8000 */
export const ELSEWHERE_MS = 8_000
/** Sessions on other nodes remembered here; the oldest is forgotten, and ends by itself when its viewer leaves. @default 4096 */
export const MAX_ELSEWHERE = 4_096
/** Says that a node sent this viewer on already; no other does it again. */
export const SENT_ON = 'sent-on'

/** Where a viewer that may follow is sent: the same camera on another node. */
export const cameraOf = (page: string, camera: CameraId, { lowDelay = false }: ViewerWishes): string => `${new URL(page).origin}/whep/${camera}?${SENT_ON}=1${lowDelay ? '&delay=low' : ''}`

/**
 * Viewers that this node has no room for and whose browser may not follow to another: the page's policy and the other node's both keep to their own origin.
 * Their offer is handed on, from node to node; the media then goes straight from the other node to the viewer.
 */
export interface Elsewhere {
  /** @throws OverloadedError when the other node does not take it */
  create(page: string, camera: CameraId, offer: string, wishes: ViewerWishes): Promise<{ id: string; answer: string; tag: string }>
  has(camera: CameraId, id: string): boolean
  /** What the other node answers; undefined when the session is not on another. @throws OverloadedError when it does not answer */
  patch(camera: CameraId, id: string, body: Patch): Promise<Patched | undefined>
  /** False when the session is not on another node. */
  end(camera: CameraId, id: string): Promise<boolean>
}

interface Patch { readonly type: string; readonly text: string; readonly ifMatch: string | undefined }
interface Patched { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }

/** What another node's answer to a PATCH says, apart from its body. */
const PATCHED = ['content-type', 'etag', 'retry-after'] as const

export const wasSentOn = ({ url }: Pick<FastifyRequest, 'url'>): boolean => new URLSearchParams(url.split('?')[1]).has(SENT_ON)

/** A page may not (its policy names its own origin only), and a token is good for this node only. */
export const mayFollow = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean => headers.origin === undefined && headers['sec-fetch-site'] === undefined && headers.authorization === undefined && headers.cookie === undefined

export function createElsewhere(): Elsewhere {
  const sessions = new Map<string, { camera: CameraId; url: string }>()

  function remember(id: string, camera: CameraId, url: string): void {
    sessions.set(id, { camera, url })
    const [oldest] = sessions.keys()
    if (sessions.size > MAX_ELSEWHERE && oldest !== undefined) sessions.delete(oldest)
  }

  function urlOf(camera: CameraId, id: string): string | undefined {
    const session = sessions.get(id)
    return session?.camera === camera ? session.url : undefined
  }

  return {
    async create(page, camera, offer, wishes) {
      const endpoint = cameraOf(page, camera, wishes)
      const response = await ask(endpoint, 'POST', offer, { 'content-type': 'application/sdp' })
      const url = URL.parse(response?.headers.get('location') ?? '', endpoint)
      const id = url === null ? undefined : new RegExp(`^/whep/${camera}/([\\w-]{20,64})$`).exec(url.pathname)?.[1]
      if (response?.status !== 201 || url === null || id === undefined || url.origin !== new URL(page).origin) {
        await response?.body?.cancel()
        throw new OverloadedError('this node is as busy with viewers as it may be, and the others take no more; try again in a moment')
      }
      const answer = await readAtMost(response, MAX_SDP_BYTES)
      remember(id, camera, url.href)
      return { id, answer, tag: response.headers.get('etag') ?? '' }
    },
    has: (camera, id) => urlOf(camera, id) !== undefined,
    async patch(camera, id, { type, text, ifMatch }) {
      const url = urlOf(camera, id)
      if (url === undefined) return undefined
      const response = await ask(url, 'PATCH', text, { 'content-type': type, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) })
      if (response === undefined) throw new OverloadedError('the node that serves this viewer does not answer; try again, or begin a new session')
      const headers = Object.fromEntries(PATCHED.flatMap((name) => { const value = response.headers.get(name); return value === null ? [] : [[name, value]] }))
      return { status: response.status, headers, text: await readAtMost(response, MAX_SDP_BYTES) }
    },
    async end(camera, id) {
      const url = urlOf(camera, id)
      if (url === undefined) return false
      sessions.delete(id)
      await (await ask(url, 'DELETE'))?.body?.cancel()
      return true
    }
  }
}

async function ask(url: string, method: string, body?: string, headers: Readonly<Record<string, string>> = {}): Promise<Response | undefined> {
  try {
    return await fetch(url, { method, redirect: 'manual', signal: AbortSignal.timeout(ELSEWHERE_MS), headers, ...(body === undefined ? {} : { body }) })
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
