/** What ONVIF asks of SOAP 1.2 (W3C) and WS-Security's user name token (OASIS, 1.0), by template. */
import { createHash, randomBytes } from 'node:crypto'
import { XMLParser } from 'fast-xml-parser'
import { InvalidMessageError } from '#protocols/errors.ts'
import { digestAuthorization } from './http-digest.ts'

/** Largest answer that is read, in bytes. @default 1048576 */
export const MAX_SOAP_BYTES = 1_048_576
/** An answer has to be here by then, in ms. @default 5000 */
export const SOAP_TIMEOUT_MS = 5_000

export interface OnvifLogin {
  readonly user: string
  readonly password: string
}

/** Elements by name without prefix; attributes begin with `@`, the text of an element with attributes is `#text`. */
export type XmlElement = { readonly [name: string]: XmlNode | undefined }
export type XmlNode = string | XmlElement | readonly XmlNode[]

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', removeNSPrefix: true, parseTagValue: false, parseAttributeValue: false, processEntities: true, ignoreDeclaration: true, ignorePiTags: true })

/** @throws InvalidMessageError */
export function parseXml(text: string): XmlElement {
  if (text.includes('<!DOCTYPE')) throw new InvalidMessageError('XML with a DOCTYPE is not read')
  try {
    return parser.parse(text) as XmlElement
  } catch (err) {
    throw new InvalidMessageError(`this is no XML: ${(err as Error).message.slice(0, 100)}`)
  }
}

/** The elements at the end of a path, all of those that are repeated on the way. */
export function elementsAt(node: XmlNode | undefined, ...path: readonly string[]): XmlNode[] {
  if (node === undefined) return []
  if (Array.isArray(node)) return node.flatMap((one) => elementsAt(one, ...path))
  const [name, ...rest] = path
  if (name === undefined) return [node]
  return typeof node === 'string' || !Object.hasOwn(node, name) ? [] : elementsAt((node as XmlElement)[name], ...rest)
}

/** The text at the end of a path, or nothing. */
export function textAt(node: XmlNode | undefined, ...path: readonly string[]): string {
  const found = elementsAt(node, ...path)[0]
  const text = typeof found === 'object' ? (found as XmlElement)['#text'] : found
  return typeof text === 'string' ? text.trim() : ''
}

export const escapeXml = (text: string): string => text.replace(/[<>&"']/g, (sign) => `&#${sign.codePointAt(0)};`)

/** Password_Digest = Base64(SHA-1(nonce + created + password)). */
export function passwordDigest(nonce: Uint8Array, created: string, password: string): string {
  return createHash('sha1').update(nonce).update(created).update(password).digest('base64')
}

function security({ user, password }: OnvifLogin, nowMs: number): string {
  const nonce = randomBytes(16)
  const created = new Date(nowMs).toISOString()
  const namespace = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'
  return `<Security s:mustUnderstand="1" xmlns="${namespace}-wssecurity-secext-1.0.xsd"><UsernameToken><Username>${escapeXml(user)}</Username>`
    + `<Password Type="${namespace}-username-token-profile-1.0#PasswordDigest">${passwordDigest(nonce, created, password)}</Password>`
    + `<Nonce EncodingType="${namespace}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>`
    + `<Created xmlns="${namespace}-wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`
}

const WRONG_LOGIN = 'the camera refused user name or password: many have users of their own for ONVIF'
const SWITCHED_OFF = 'see that ONVIF is switched on in it, and at which port'

export interface SoapOptions {
  readonly login?: OnvifLogin
  /** The device's own time. */
  readonly nowMs?: number
  /** Sign it before it is asked for. @default true */
  readonly sign?: boolean
}

/** One request; `login` signs it, inside of it, or by HTTP when the device asks for that. Answers the element inside the Body. @throws Error that says what the device answered */
export async function soap(url: string, body: string, { login, nowMs = Date.now(), sign = true }: SoapOptions = {}): Promise<XmlElement> {
  let answer = await post(url, body, login === undefined || !sign ? {} : { header: security(login, nowMs) })
  const { pathname, search } = new URL(url)
  const authorization = answer.status === 401 && login !== undefined ? digestAuthorization(answer.headers.get('www-authenticate') ?? '', { ...login, method: 'POST', uri: pathname + search }) : undefined
  if (authorization !== undefined) {
    await bounded(answer)
    answer = await post(url, body, { authorization })
  }
  const text = await bounded(answer)
  if (answer.status === 401) throw new Error(WRONG_LOGIN)
  const content = elementsAt(orNothing(text), 'Envelope', 'Body')[0]
  const fault = elementsAt(content, 'Fault')[0]
  if (fault !== undefined) throw new Error(faultOf(fault))
  if (typeof content !== 'object') throw new InvalidMessageError(`${new URL(url).host} answers (${answer.status}), but not as ONVIF cameras do: ${SWITCHED_OFF}`)
  return content as XmlElement
}

async function post(url: string, body: string, { header, authorization }: { header?: string; authorization?: string }): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST', redirect: 'error', signal: AbortSignal.timeout(SOAP_TIMEOUT_MS), headers: { 'content-type': 'application/soap+xml; charset=utf-8', ...(authorization !== undefined && { authorization }) },
      body: `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header === undefined ? '' : `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`
    })
  } catch (err) {
    throw new Error(`${new URL(url).host} does not answer ONVIF requests: ${SWITCHED_OFF} (${reasonOf(err as FetchError)})`, { cause: err })
  }
}

function faultOf(fault: XmlNode): string {
  const reason = textAt(fault, 'Reason', 'Text').slice(0, 200)
  const code = textAt(fault, 'Code', 'Subcode', 'Value')
  return /NotAuthorized|FailedAuthentication/i.test(code) ? WRONG_LOGIN : `the camera answered: ${reason || code.slice(0, 100) || 'a fault'}`
}

/** A web server that is none of a camera's answers with anything. */
function orNothing(text: string): XmlElement {
  try {
    return parseXml(text)
  } catch {
    return {}
  }
}

async function bounded(answer: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength
    if (bytes > MAX_SOAP_BYTES) throw new InvalidMessageError(`the camera's answer has more than ${MAX_SOAP_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

type FetchError = Error & { readonly cause?: { readonly code?: string; readonly message?: string } }
const reasonOf = (err: FetchError): string => err.cause?.code ?? err.cause?.message ?? err.message
