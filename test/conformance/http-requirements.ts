/** What WHIP and WHEP ask alike: requests, bodies, headers and the life of a session. */
import { type Client, FRAGMENT, fragment, isRedirect, newCredentials, SDP, sectionsOf, type Session, valueIn } from './client.ts'
import { expect, isClientError, type Requirement, SkipError } from './requirement.ts'

/** Section numbers of the two documents for the same rule. */
interface Clauses { readonly whep: string; readonly whip: string }

const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/
const isUp = async (client: Client, { url }: Session): Promise<boolean> => (await client.ask('GET', { url })).status < 300

/** The requirements for a player or a publisher; `clause` picks the document. */
export function httpRequirements(role: 'watch' | 'publish'): Requirement[] {
  const clause = ({ whep, whip }: Clauses): string => role === 'watch' ? `WHEP-04 ${whep}` : `RFC 9725 ${whip}`
  return [
    {
      clause: clause({ whep: '4.1', whip: '4.1' }), claim: 'GET on the endpoint is 2xx without content',
      async check(client) {
        const { status, text } = await client.ask('GET')
        expect(status >= 200 && status < 300 && text === '', `${status}, ${text.length} bytes`)
      }
    },
    {
      clause: clause({ whep: '4.4', whip: '4.2' }), claim: 'OPTIONS is 200 with Accept-Post: application/sdp', level: 'should',
      async check(client) {
        const { status, headers } = await client.ask('OPTIONS')
        expect(status === 200 && headers.get('accept-post') === SDP, `${status}, Accept-Post: ${headers.get('accept-post')}`)
      }
    },
    {
      clause: clause({ whep: '4.8', whip: '4.6' }), claim: 'a CORS preflight tells nothing of ICE servers',
      async check(client) {
        const { headers } = await client.ask('OPTIONS', { anonymous: true, headers: { origin: 'https://player.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } })
        expect(!/ice-server/.test(headers.get('link') ?? ''), `Link: ${headers.get('link')}`)
      }
    },
    {
      clause: clause({ whep: '4.3.1', whip: '4.2' }), claim: 'POST of an offer is 201 with an SDP answer and a Location',
      async check(client) {
        const { answer } = await client.open()
        expect(answer.headers.get('content-type')?.split(';')[0] === SDP, `Content-Type: ${answer.headers.get('content-type')}`)
        expect(answer.text.startsWith('v=0'), 'the body is no SDP')
      }
    },
    {
      clause: clause({ whep: '4.7', whip: '4.5' }), claim: 'a POST is redirected with 307 or 308, which keep it a POST',
      async check(client) {
        const { status, redirects } = await client.post(await client.offer())
        expect(!isRedirect(status), redirects === 0 ? `${status}` : `${status} after ${redirects} redirects`)
        if (redirects === 0) throw new SkipError('no redirect')
      }
    },
    {
      clause: clause({ whep: '4.3.5', whip: '4.2' }), claim: `the answer is ${role === 'watch' ? 'sendonly' : 'recvonly'} in every section`,
      async check(client) {
        const { answer } = await client.open()
        const sections = sectionsOf(answer.text)
        expect(sections.length === 2 && sections.every((each) => each.includes(role === 'watch' ? 'a=sendonly' : 'a=recvonly')), 'a section has another direction, or is missing')
      }
    },
    {
      clause: clause({ whep: '4.6.1', whip: '4.4.1' }), claim: 'the answer bundles everything and says rtcp-mux-only',
      async check(client) {
        const { answer } = await client.open()
        expect(/^a=group:BUNDLE 0 1\r?$/m.test(answer.text), 'no a=group:BUNDLE 0 1')
        expect(sectionsOf(answer.text).every((each) => /^a=rtcp-mux\r?$/m.test(each)), 'a section without a=rtcp-mux')
        expect(sectionsOf(answer.text).every((each) => /^a=rtcp-mux-only\r?$/m.test(each)), 'a section without a=rtcp-mux-only')
      }
    },
    {
      clause: clause({ whep: '4.5.2', whip: '4.3.2' }), claim: 'the answer has all candidates of the server: it does not trickle',
      async check(client) {
        const { answer } = await client.open()
        expect(/^a=candidate:/m.test(answer.text), 'no a=candidate')
      }
    },
    {
      clause: clause({ whep: '4.5.1', whip: '4.3.1' }), claim: 'the 201 has a strong entity-tag',
      async check(client) {
        const { etag } = await client.open()
        if (etag === null) throw new SkipError('no ETag: optional without ICE restarts')
        expect(STRONG_TAG.test(etag), `ETag: ${etag}`)
      }
    },
    {
      clause: clause({ whep: '4.1', whip: '4.1' }), claim: 'GET on the session is 2xx without content',
      async check(client) {
        const { url } = await client.open()
        const { status, text } = await client.ask('GET', { url })
        expect(status >= 200 && status < 300 && text === '', `${status}, ${text.length} bytes`)
      }
    },
    {
      clause: clause({ whep: '4.3.4', whip: '4.2' }), claim: 'a body that is no application/sdp is refused with 4xx',
      async check(client) {
        const offer = await client.offer()
        for (const type of ['application/json', 'text/plain', FRAGMENT]) {
          const { status } = await client.post(offer, type)
          expect(isClientError(status), `${type}: ${status}`)
        }
      }
    },
    {
      clause: clause({ whep: '4.3.4', whip: '4.2' }), claim: 'malformed SDP is refused with 4xx',
      async check(client) {
        const offer = await client.offer()
        const bad = ['', 'hello', 'v=0\r\n', offer.replace('v=0', 'v=7'), offer.replace(/a=fingerprint.*\r\n/g, ''), offer.replace(/a=ice-(ufrag|pwd).*\r\n/g, ''), offer.replace(/^m=/gm, 'x='), `${offer}\0\0\r\nnonsense\r\n`]
        for (const [i, body] of bad.entries()) {
          const { status } = await client.post(body)
          expect(isClientError(status), `variant ${i}: ${status}`)
        }
      }
    },
    {
      clause: clause({ whep: '4.3.5', whip: '4.2' }), claim: 'an offer in the wrong direction makes no session',
      async check(client) {
        const offer = await client.offer()
        for (const direction of [role === 'watch' ? 'sendonly' : 'recvonly', 'inactive']) {
          const { status } = await client.post(offer.replace(/a=(sendonly|recvonly)/g, `a=${direction}`))
          expect(isClientError(status), `${direction}: ${status}`)
        }
      }
    },
    {
      clause: 'RFC 9110 15.5.14', claim: 'a body of a megabyte is refused with 4xx and read by nobody',
      async check(client) {
        const status = await client.post(`v=0\r\n${'a=x\r\n'.repeat(200_000)}`).then((answer) => answer.status, () => 413) // the server may hang up
        expect(isClientError(status), `${status}`)
      }
    },
    {
      clause: clause({ whep: '6', whip: '5' }), claim: 'session URLs can not be guessed',
      async check(client) {
        const first = (await client.open()).url
        await client.cleanUp()
        const second = (await client.open()).url
        const [a, b] = [first, second].map((url) => url.split('/').at(-1) ?? '') as [string, string]
        expect(a !== b && a.length >= 16 && b.length >= 16, `${a} and ${b}`)
      }
    },
    {
      clause: clause({ whep: '4.5.2', whip: '4.3.2' }), claim: 'candidates are taken with 204, without a body and without an ETag',
      async check(client) {
        const session = await client.open()
        const { status, headers, text } = await client.patch(session.url, fragment(session.peer.credentials()), session.etag)
        if (status === 422 || status === 405 || status === 501) throw new SkipError(`${status}: no trickle ICE`)
        expect(status === 204 && text === '' && headers.get('etag') === null, `${status}, ETag: ${headers.get('etag')}`)
      }
    },
    {
      clause: clause({ whep: '4.5.2', whip: '4.3.2' }), claim: 'candidates of an unknown transport or with an unknown name are discarded in silence',
      async check(client) {
        const session = await client.open()
        const odd = ['candidate:1 1 sctp 2130706431 127.0.0.1 9 typ host', 'candidate:2 1 udp 2130706431 c0ffee00-0000-4000-8000-000000000000.local 9 typ host', 'candidate:3 1 udp 1 nowhere.invalid 9 typ host']
        const { status } = await client.patch(session.url, fragment(session.peer.credentials(), odd), session.etag)
        expect(status === 204 || status === 422, `${status}`)
      }
    },
    {
      clause: clause({ whep: '4.5.1', whip: '4.3.1' }), claim: 'PATCH without If-Match is 428',
      async check(client) {
        const session = await client.open()
        if (session.etag === null) throw new SkipError('no ETag')
        const { status } = await client.patch(session.url, fragment(session.peer.credentials()))
        expect(status === 428, `${status}`)
      }
    },
    {
      clause: clause({ whep: '4.5.1', whip: '4.3.1' }), claim: 'PATCH with another tag, or with a weak one, is 412',
      async check(client) {
        const session = await client.open()
        if (session.etag === null) throw new SkipError('no ETag')
        for (const tag of ['"stale"', `W/${session.etag}`]) {
          const { status } = await client.patch(session.url, fragment(session.peer.credentials()), tag)
          expect(status === 412, `${tag}: ${status}`)
        }
      }
    },
    {
      clause: clause({ whep: '4.5.1', whip: '4.3.1' }), claim: 'a fragment of another type or malformed is refused with 4xx, and the session lives on',
      async check(client) {
        const session = await client.open()
        const good = fragment(session.peer.credentials())
        for (const [body, type] of [[good, 'text/plain'], ['hello', FRAGMENT], [good.replace(/a=ice-pwd.*\r\n/, ''), FRAGMENT], [good.replace('candidate:1 1 udp', 'candidate:1 udp'), FRAGMENT], ['', FRAGMENT]] as const) {
          const { status } = await client.patch(session.url, body, session.etag, type)
          expect(isClientError(status), `${JSON.stringify(body.slice(0, 20))} as ${type}: ${status}`)
        }
        expect(await isUp(client, session), 'the session is gone')
      }
    },
    {
      clause: clause({ whep: '6', whip: '5' }), claim: 'a hundred thousand candidates are refused with 4xx, and the session lives on',
      async check(client) {
        const session = await client.open()
        const flood = fragment(session.peer.credentials(), Array.from({ length: 100_000 }, (_, i) => `candidate:${i} 1 udp 1 127.0.0.1 ${1 + i % 65_000} typ host`))
        const status = await client.patch(session.url, flood, session.etag).then((answer) => answer.status, () => 413)
        expect(isClientError(status), `${status}`)
        expect(await isUp(client, session), 'the session is gone')
      }
    },
    {
      clause: clause({ whep: '4.5.3', whip: '4.3.3' }), claim: 'an ICE restart is 200 with new credentials, candidates and a new ETag, and media goes on; the old tag is 412',
      async check(client) {
        const session = await client.connect()
        if (session.etag === null) throw new SkipError('no ETag')
        if (role === 'watch') await session.peer.media()
        const { status, headers, text } = await client.patch(session.url, await session.peer.beginRestart(), '*')
        if (status === 422) throw new SkipError('422: no ICE restart')
        expect(status === 200, `${status}: ${text.slice(0, 200)}`)
        expect(headers.get('content-type') === FRAGMENT, `Content-Type: ${headers.get('content-type')}`)
        const tag = headers.get('etag') ?? ''
        expect(STRONG_TAG.test(tag) && tag !== session.etag, `ETag: ${tag}`)
        expect(valueIn(text, 'ice-ufrag') !== '' && valueIn(text, 'ice-ufrag') !== valueIn(session.answer.text, 'ice-ufrag') && valueIn(text, 'ice-pwd') !== valueIn(session.answer.text, 'ice-pwd'), 'the credentials are the old ones')
        expect(valueIn(text, 'ice-options') === valueIn(session.answer.text, 'ice-options'), 'other ice-options than in the answer')
        await session.peer.finishRestart(text)
        if (role === 'watch') await session.peer.media()
        const [stale, fresh] = [await client.patch(session.url, fragment(session.peer.credentials()), session.etag), await client.patch(session.url, fragment(session.peer.credentials()), tag)]
        expect(stale.status === 412 && fresh.status === 204, `old tag ${stale.status}, new tag ${fresh.status}`)
      }
    },
    {
      clause: clause({ whep: '4.5.3', whip: '4.3.3' }), claim: 'an ICE restart that can not be satisfied is refused, and leaves the session as it is',
      async check(client) {
        const session = await client.connect()
        const { status } = await client.patch(session.url, fragment({ ufrag: 'x', pwd: 'short' }), '*')
        expect(isClientError(status), `${status}`)
        expect(await isUp(client, session), 'the session is gone')
        if (role === 'watch') await session.peer.media()
      }
    },
    {
      clause: clause({ whep: '4.5.3', whip: '4.3.3' }), claim: 'an ICE restart whose client never appears does not end the session at once', level: 'should',
      async check(client) {
        const session = await client.connect()
        const { status } = await client.patch(session.url, fragment(newCredentials()), '*')
        if (status !== 200) throw new SkipError(`${status}`)
        if (role === 'watch') await session.peer.media()
        expect(await isUp(client, session), 'the session is gone')
      }
    },
    {
      clause: clause({ whep: '4.4', whip: '4.2' }), claim: 'DELETE is 200 whatever tag is sent, and the session is gone',
      async check(client) {
        const { url, peer, etag } = await client.connect()
        const { status } = await client.ask('DELETE', { url, headers: { 'if-match': '"stale"' } })
        expect(status === 200, `${status}`)
        for (const again of [await client.ask('DELETE', { url }), await client.patch(url, fragment(peer.credentials()), etag)]) expect(isClientError(again.status), `afterwards ${again.status}`)
        const before = peer.packets
        await new Promise((resolve) => { setTimeout(resolve, 500) })
        const after = peer.packets
        await new Promise((resolve) => { setTimeout(resolve, 500) })
        expect(peer.packets === after, `${peer.packets - before} packets after DELETE`)
      }
    },
    {
      clause: 'RFC 9110 15.5.5', claim: 'a session that never was is 4xx for PATCH and DELETE',
      async check(client) {
        const url = `${client.init.endpoint.replace(/[?#].*/, '')}/AAAAAAAAAAAAAAAAAAAAAA`
        for (const answer of [await client.ask('DELETE', { url }), await client.patch(url, fragment(newCredentials()), '*')]) expect(isClientError(answer.status), `${answer.status}`)
      }
    },
    {
      clause: 'RFC 9110 15.5.6', claim: 'other methods are refused with 4xx, and nothing is changed by them',
      async check(client) {
        const session = await client.open()
        for (const [method, url] of [['PUT', undefined], ['PATCH', undefined], ['DELETE', undefined], ['PUT', session.url], ['POST', session.url]] as const) {
          const { status } = await client.ask(method, { ...(url === undefined ? {} : { url }), ...(method === 'DELETE' ? {} : { type: SDP, body: 'v=0\r\n' }) })
          expect(isClientError(status), `${method} ${url === undefined ? 'endpoint' : 'session'}: ${status}`)
        }
        expect(await isUp(client, session), 'the session is gone')
      }
    },
    {
      clause: clause({ whep: '4.9.1', whip: '4.7.1' }), claim: 'without the bearer token it is 401 with WWW-Authenticate: Bearer',
      async check(client) {
        if (client.init.token === undefined) throw new SkipError('no --token')
        const { status, headers } = await client.ask('POST', { type: SDP, body: await client.offer(), anonymous: true })
        expect(status === 401 && /^Bearer\b/i.test(headers.get('www-authenticate') ?? ''), `${status}, ${headers.get('www-authenticate')}`)
      }
    },
    {
      clause: clause({ whep: '4.8', whip: '4.6' }), claim: 'ICE servers are Link headers with rel="ice-server"',
      async check(client) {
        const link = (await client.open()).answer.headers.get('link')
        if (link === null) throw new SkipError('no Link')
        expect(/<(stuns?|turns?):[^>]+>;\s*rel="?ice-server"?/.test(link), `Link: ${link}`)
      }
    }
  ]
}
