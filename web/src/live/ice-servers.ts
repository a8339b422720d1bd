/** The STUN and TURN servers a node names (RFC 9725 section 4.6): asked for before an offer is made, so that its candidates can be among those offered. */

/** How long servers are used before the node is asked again, ms: their credentials end. @default 300000 */
export const SERVERS_KEPT_MS = 300_000
/** Longest the node may take to say; a connection is tried without after that, ms. @default 3000 */
export const SERVERS_TIMEOUT_MS = 3000

/** What a `Link` header names: `<turn:host>; rel="ice-server"; username="…"; credential="…"`, several with commas between. */
export function readIceServers(link: string | null): RTCIceServer[] {
  const servers: RTCIceServer[] = []
  for (const [, urls = '', parameters = ''] of (link ?? '').matchAll(/<([^<>]*)>((?:\s*;\s*[\w-]+=(?:"[^"]*"|[^\s",;]*))*)/g)) {
    const said = new Map([...parameters.matchAll(/([\w-]+)=(?:"([^"]*)"|([^\s",;]*))/g)].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']))
    if (said.get('rel') !== 'ice-server' || !/^(?:stun|turn)s?:/.test(urls)) continue
    servers.push({ urls, ...(said.has('username') ? { username: said.get('username') ?? '', credential: said.get('credential') ?? '' } : {}) })
  }
  return servers
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Asks each node once for a while, however many connections are made to it; without an answer there are no servers. */
export function askIceServers(fetch: Fetch, base: string, now: () => number): (endpoint: string) => Promise<RTCIceServer[]> {
  const asked = new Map<string, { readonly servers: Promise<RTCIceServer[]>; readonly atMs: number }>()
  const ask = async (endpoint: string, origin: string): Promise<RTCIceServer[]> => {
    try {
      const response = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(SERVERS_TIMEOUT_MS) })
      if (response.ok) return readIceServers(response.headers.get('link'))
    } catch {} // what is wrong shows again when the offer is posted
    asked.delete(origin)
    return []
  }
  return (endpoint) => {
    const { origin } = new URL(endpoint, base)
    const known = asked.get(origin)
    if (known !== undefined && now() - known.atMs < SERVERS_KEPT_MS) return known.servers
    const servers = ask(endpoint, origin)
    asked.set(origin, { servers, atMs: now() })
    return servers
  }
}
