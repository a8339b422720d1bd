import { API, errorOf, REQUEST_TIMEOUT_MS, silence } from '../api/client.ts'

/** Address of a clip's original bytes. */
export const contentOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/content`

/** Why the node does not give the bytes of an address now, in its words; empty when it does. An element that plays them is not told. */
export async function whyAway(address: string): Promise<string> {
  try {
    const answer = await fetch(address, { headers: { range: 'bytes=0-0' }, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    if (!answer.ok) return errorOf(answer.status, await answer.json().catch(() => null)).message
    await answer.body?.cancel()
    return ''
  } catch {
    return silence().message
  }
}
