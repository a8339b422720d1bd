/** A network camera's ONVIF side, with answers as in the specification: HTTP, and WS-Discovery by unicast. */
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const ENVELOPE = 'xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
const envelope = (body: string, header = ''): string => `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope ${ENVELOPE}>${header === '' ? '' : `<SOAP-ENV:Header>${header}</SOAP-ENV:Header>`}<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`
const HTTP_NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c093'
const NOT_AUTHORIZED = envelope('<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value>ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">Sender not Authorized</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>')

export interface OnvifDeviceInit {
  user: string
  password: string
  /** Where its stream is said to be. */
  stream: string
  /** How far its clock is off, in ms: tokens are good for five minutes of this clock. @default 0 */
  clockOffsetMs?: number
  /** The host it believes to have. @default 192.0.2.9 */
  ownHost?: string
  /** Requests are to be signed by HTTP (RFC 7616) in this way, and in no other. @default inside of them */
  httpDigest?: 'MD5' | 'SHA-256'
}

export interface OnvifDevice {
  readonly port: number
  readonly discoveryPort: number
  /** Bodies of all requests. */
  readonly requests: string[]
  stop(): Promise<void>
}

export async function onvifDevice({ user, password, stream, clockOffsetMs = 0, ownHost = '192.0.2.9', httpDigest }: OnvifDeviceInit): Promise<OnvifDevice> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    requests.push(body)
    if (httpDigest !== undefined && !isSigned(request.headers.authorization ?? '', httpDigest)) {
      return void response.writeHead(401, { 'www-authenticate': ['Basic realm="IPC"', `Digest realm="IPC", qop="auth,auth-int", nonce="${HTTP_NONCE}", opaque="o", algorithm=${httpDigest}`] }).end()
    }
    const answer = answerTo(body)
    response.writeHead(answer === NOT_AUTHORIZED ? 400 : 200, { 'content-type': 'application/soap+xml; charset=utf-8' }).end(answer)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo

  function isSigned(authorization: string, algorithm: 'MD5' | 'SHA-256'): boolean {
    const word = (key: string): string => new RegExp(`[ ,]${key}="?([^",]*)`).exec(authorization)?.[1] ?? ''
    const hash = (text: string): string => createHash(algorithm === 'MD5' ? 'md5' : 'sha256').update(text).digest('hex')
    const expected = hash(`${hash(`${user}:IPC:${password}`)}:${HTTP_NONCE}:${word('nc')}:${word('cnonce')}:auth:${hash(`POST:${word('uri')}`)}`)
    return word('username') === user && word('nonce') === HTTP_NONCE && word('opaque') === 'o' && word('cnonce') !== '' && word('response') === expected
  }

  function authorized(body: string): boolean {
    if (httpDigest !== undefined) return !body.includes('<Security') // by HTTP, or inside: not both
    const field = (name: string): string => new RegExp(`<(?:\\w+:)?${name}(?: [^>]*)?>([^<]*)<`).exec(body)?.[1] ?? ''
    const [nonce, created] = [Buffer.from(field('Nonce'), 'base64'), field('Created')]
    const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64')
    return field('Username') === user && field('Password') === digest && Math.abs(Date.parse(created) - Date.now() - clockOffsetMs) < 300_000
  }

  function answerTo(body: string): string {
    if (body.includes('GetSystemDateAndTime')) return envelope(`<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>${clock()}</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`)
    if (!authorized(body)) return NOT_AUTHORIZED
    if (body.includes('GetCapabilities')) return envelope(`<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://${ownHost}:1/onvif/Media</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`)
    if (body.includes('GetProfiles')) return envelope(`<trt:GetProfilesResponse>${profile('p_hevc', 'main &amp; large', 'H265')}${profile('p_main', 'mainStream', 'H264')}${profile('p_sub', 'subStream', 'H264')}</trt:GetProfilesResponse>`)
    const token = /<ProfileToken>([^<]*)</.exec(body)?.[1]
    return envelope(`<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${stream}?profile=${token}&amp;unicast=true</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>`)
  }

  function clock(): string {
    const now = new Date(Date.now() + clockOffsetMs)
    return `<tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime>`
  }

  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const id = /<a:MessageID>([^<]*)</.exec(bytes.toString())?.[1] ?? ''
    const answer = (relatesTo: string, endpoint: string): Buffer => Buffer.from(envelope(`<d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>${endpoint}</wsa:Address></wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/IPC-1 onvif://www.onvif.org/name/Back%20Gate</d:Scopes><d:XAddrs>http://${ownHost}/onvif/device_service http://127.0.0.1:${port}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>`, `<wsa:RelatesTo>${relatesTo}</wsa:RelatesTo>`))
    for (const text of [Buffer.from('rubbish'), answer('urn:uuid:another-question', 'urn:uuid:liar'), answer(id, 'urn:uuid:5f5a69c2-e0ae-504f-829b-00fcee9d2ed5')]) socket.send(text, from.port, from.address)
  })
  await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve) })

  return {
    port, requests,
    discoveryPort: socket.address().port,
    async stop() {
      await new Promise<void>((resolve) => { socket.close(() => resolve()) })
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
    }
  }
}

function profile(token: string, name: string, encoding: string): string {
  return `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name><tt:VideoEncoderConfiguration token="v_${token}"><tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${encoding}</tt:Encoding></tt:VideoEncoderConfiguration></trt:Profiles>`
}
