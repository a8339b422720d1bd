import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { elementsAt, parseXml, textAt, type XmlNode } from './soap.ts'

/** WS-Discovery's place on every LAN (OASIS, 1.1). */
export const DISCOVERY_ADDRESS = '239.255.255.250'
export const DISCOVERY_PORT = 3_702
/** How long answers are waited for, in ms. @default 2000 */
export const DISCOVERY_MS = 2_000
/** Cameras of one look, at most. @default 64 */
export const MAX_DISCOVERED = 64

/** A network camera that answered. */
export interface OnvifCamera {
  /** Lasting: the camera's own endpoint. */
  readonly endpoint: string
  readonly name: string
  readonly hardware: string
  /** What to write after `onvif://`. */
  readonly host: string
}

export interface DiscoverInit {
  address?: string
  port?: number
  ms?: number
}

/** Ask the LAN for network cameras. Whatever is no proper answer is passed over. */
export function discoverOnvif({ address = DISCOVERY_ADDRESS, port = DISCOVERY_PORT, ms = DISCOVERY_MS }: DiscoverInit = {}): Promise<OnvifCamera[]> {
  const id = `urn:uuid:${randomUUID()}`
  const found = new Map<string, OnvifCamera>()
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      socket.removeAllListeners('error').on('error', () => {}).close()
      resolve([...found.values()].sort((a, b) => (a.host < b.host ? -1 : 1)))
    }
    const timer = setTimeout(end, ms)
    socket.once('error', end) // a machine without a network sees none
    socket.on('message', (bytes, { address: from }) => {
      for (const camera of answered(bytes.toString('utf8'), id, from)) if (found.size < MAX_DISCOVERED) found.set(camera.endpoint, camera)
    })
    socket.send(probe(id), port, address, (err) => { if (err) end() })
  })
}

function probe(id: string): string {
  const addressing = 'http://schemas.xmlsoap.org/ws/2004/08/addressing'
  const discovery = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${addressing}" xmlns:d="${discovery}"><s:Header>`
    + `<a:MessageID>${id}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>${discovery}/Probe</a:Action></s:Header><s:Body>`
    + '<d:Probe><d:Types xmlns:n="http://www.onvif.org/ver10/network/wsdl">n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>'
}

/** Cameras in what came. Only an answer to this very question counts, and only at the address it came from. */
export function answered(text: string, id: string, from: string): OnvifCamera[] {
  try {
    const envelope = elementsAt(parseXml(text), 'Envelope')[0]
    if (textAt(envelope, 'Header', 'RelatesTo') !== id) return []
    return elementsAt(envelope, 'Body', 'ProbeMatches', 'ProbeMatch').flatMap((match) => cameraOf(match, from))
  } catch {
    return []
  }
}

function cameraOf(match: XmlNode, from: string): OnvifCamera[] {
  const endpoint = textAt(match, 'EndpointReference', 'Address').slice(0, 200)
  const services = textAt(match, 'XAddrs').split(/\s+/).flatMap((address) => URL.parse(address) ?? [])
  const service = services.find(({ hostname }) => hostname === from) ?? services[0]
  if (endpoint === '' || service === undefined) return []
  const scopes = textAt(match, 'Scopes').split(/\s+/)
  const scope = (kind: string): string => decode(scopes.find((one) => one.startsWith(`onvif://www.onvif.org/${kind}/`))?.split('/').slice(4).join('/') ?? '').slice(0, 100)
  return [{ endpoint, name: scope('name'), hardware: scope('hardware'), host: `${from}${service.port === '' ? '' : `:${service.port}`}` }]
}

function decode(text: string): string {
  try { return decodeURIComponent(text) } catch { return text }
}
