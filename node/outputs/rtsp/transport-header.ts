/** The `Transport` header of SETUP (RFC 2326 section 12.39). No I/O. */

/** Alternatives of one header that are looked at. @default 16 */
export const MAX_ALTERNATIVES = 16
/** Lowest port of a client packets are sent to: below are services that did not ask. @default 1024 */
export const LOWEST_CLIENT_PORT = 1_024

export type WantedTransport =
  | { readonly type: 'tcp'; readonly channels: readonly [number, number] | undefined }
  | { readonly type: 'udp'; readonly ports: readonly [number, number] }

/** The first alternative this server can do; undefined when there is none. */
export function chooseTransport(header: string): WantedTransport | undefined {
  for (const alternative of header.split(',').slice(0, MAX_ALTERNATIVES)) {
    const wanted = readAlternative(alternative)
    if (wanted !== undefined) return wanted
  }
  return undefined
}

function readAlternative(text: string): WantedTransport | undefined {
  const [profile = '', ...parameters] = text.split(';').map((part) => part.trim())
  const values = new Map(parameters.map((parameter) => [parameter.split('=')[0]!.toLowerCase(), parameter.split('=')[1] ?? '']))
  if (values.has('multicast') || /record/i.test(values.get('mode') ?? '')) return undefined
  if (/^RTP\/AVP\/TCP$/i.test(profile)) return overTcp(values.get('interleaved'))
  return /^RTP\/AVP(\/UDP)?$/i.test(profile) ? overUdp(values.get('client_port')) : undefined
}

function overTcp(interleaved: string | undefined): WantedTransport | undefined {
  if (interleaved === undefined) return { type: 'tcp', channels: undefined }
  const channels = pairOf(interleaved, 0, 255)
  return channels && { type: 'tcp', channels }
}

function overUdp(ports: string | undefined): WantedTransport | undefined {
  const pair = pairOf(ports ?? '', LOWEST_CLIENT_PORT, 65_535)
  return pair && { type: 'udp', ports: pair }
}

/** `4-5`, or `4` for it and the next. */
function pairOf(text: string, lowest: number, highest: number): readonly [number, number] | undefined {
  const [, first, second] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const pair = [Number(first), second === undefined ? Number(first) + 1 : Number(second)] as const
  return pair.every((value) => value >= lowest && value <= highest) && pair[0] !== pair[1] ? pair : undefined
}
