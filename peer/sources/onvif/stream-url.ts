import type { OnvifSpec } from '../source-spec.ts'
import { elementsAt, escapeXml, type OnvifLogin, soap, textAt, type XmlNode } from './soap.ts'

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl'
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl'
const SCHEMA = 'http://www.onvif.org/ver10/schema'

/** Asks a camera for its stream (ONVIF core and media, version 10). The address answered is the asked machine's, whatever the camera says of itself. @throws Error with what the camera said */
export async function onvifStreamUrl({ host, port, user, password, profile, transport }: Pick<OnvifSpec, 'host' | 'port' | 'user' | 'password' | 'profile' | 'transport'>): Promise<string> {
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}/onvif/device_service`
  const login: OnvifLogin | undefined = user === '' ? undefined : { user, password }
  const offsetMs = await clockOffset(base, login)
  const ask = (url: string, body: string) => soap(url, body, { ...(login && { login }), nowMs: Date.now() + offsetMs })
  const capabilities = await ask(base, `<GetCapabilities xmlns="${DEVICE}"><Category>Media</Category></GetCapabilities>`)
  const media = sameHost(textAt(capabilities, 'GetCapabilitiesResponse', 'Capabilities', 'Media', 'XAddr'), base)
  const token = chooseProfile(elementsAt(await ask(media, `<GetProfiles xmlns="${MEDIA}"/>`), 'GetProfilesResponse', 'Profiles'), profile)
  const answer = await ask(media, `<GetStreamUri xmlns="${MEDIA}"><StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream><Transport xmlns="${SCHEMA}"><Protocol>${transport === 'udp' ? 'UDP' : 'RTSP'}</Protocol></Transport></StreamSetup><ProfileToken>${escapeXml(token)}</ProfileToken></GetStreamUri>`)
  return withLogin(textAt(answer, 'GetStreamUriResponse', 'MediaUri', 'Uri'), host, login)
}

/** A token is good for some seconds of the camera's clock, which is often wrong; the time is told to everybody, or to who can sign by HTTP, where no time is needed. */
async function clockOffset(url: string, login: OnvifLogin | undefined): Promise<number> {
  const answer = await soap(url, `<GetSystemDateAndTime xmlns="${DEVICE}"/>`, { ...(login && { login }), sign: false })
  const utc = elementsAt(answer, 'GetSystemDateAndTimeResponse', 'SystemDateAndTime', 'UTCDateTime')[0]
  const part = (...path: string[]): number => Number(textAt(utc, ...path))
  const deviceMs = Date.UTC(part('Date', 'Year'), part('Date', 'Month') - 1, part('Date', 'Day'), part('Time', 'Hour'), part('Time', 'Minute'), part('Time', 'Second'))
  return Number.isFinite(deviceMs) ? deviceMs - Date.now() : 0
}

function chooseProfile(profiles: readonly XmlNode[], wanted: string): string {
  const known = profiles.map((one) => ({ token: textAt(one, '@token'), name: textAt(one, 'Name'), encoding: textAt(one, 'VideoEncoderConfiguration', 'Encoding') })).filter(({ token }) => token !== '')
  const chosen = wanted === '' ? known.find(({ encoding }) => encoding === 'H264') ?? known[0] : known.find(({ token, name }) => token === wanted || name === wanted)
  if (chosen !== undefined) return chosen.token
  throw new Error(wanted === '' ? 'the camera has no profile with a picture' : `the camera has no such profile: it has ${known.map(({ name, token }) => name || token).join(', ').slice(0, 200)}`)
}

/** A camera behind a router, or with a wrong idea of its address, is asked where it was found; and it cannot send us elsewhere. */
function sameHost(address: string, base: string): string {
  const url = URL.parse(address)
  const target = new URL(base)
  if (url === null || url.protocol !== 'http:') return new URL('/onvif/media_service', base).href
  target.pathname = url.pathname
  target.search = url.search
  return target.href
}

function withLogin(uri: string, host: string, login: OnvifLogin | undefined): string {
  const url = URL.parse(uri)
  if (url === null || !/^rtsps?:$/.test(url.protocol)) throw new Error('the camera named no RTSP address')
  const secret = login === undefined ? '' : `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`
  return `${url.protocol}//${secret}${host.includes(':') ? `[${host}]` : host}${url.port === '' ? '' : `:${url.port}`}${url.pathname}${url.search}`
}
