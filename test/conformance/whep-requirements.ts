import { SDP, sectionsOf } from './client.ts'
import { httpRequirements } from './http-requirements.ts'
import { expect, isClientError, type Requirement, SkipError } from './requirement.ts'

/** draft-ietf-wish-whep-04, as far as it can be seen from outside. The endpoint has to be live. */
export const WHEP: readonly Requirement[] = [
  {
    clause: 'WHEP-04 4.2', claim: 'HEAD on the endpoint is 200 with Content-Type: application/sdp', level: 'should',
    async check(client) {
      const { status, headers } = await client.ask('HEAD')
      expect(status === 200 && headers.get('content-type')?.split(';')[0] === SDP, `${status}, ${headers.get('content-type')}`)
    }
  },
  ...httpRequirements('watch'),
  {
    clause: 'WHEP-04 4.6.2', claim: 'every section names the same MediaStream',
    async check(client) {
      const { answer } = await client.open()
      const streams = sectionsOf(answer.text).map((each) => /^a=msid:(\S+)/m.exec(each)?.[1])
      expect(streams.every((each) => each !== undefined && each === streams[0]), `msid: ${streams.join(', ')}`)
    }
  },
  {
    clause: 'WHEP-04 3', claim: 'media flows once ICE and DTLS are set up',
    async check(client) {
      await (await client.connect()).peer.media()
    }
  },
  {
    clause: 'WHEP-04 4.3.2', claim: 'a counter-offer is 406 with an offer and a Location, and its answer is taken with 204',
    async check(client) {
      const refused = await client.post(await client.peer().offer(['audio']))
      if (refused.status !== 406 || refused.headers.get('content-type')?.split(';')[0] !== SDP) throw new SkipError(`${refused.status}: no counter-offers`)
      const url = new URL(refused.headers.get('location') ?? 'missing:', refused.url).href
      const until = /valid-until="?([^"]+)"?/.exec(refused.headers.get('content-type') ?? '')?.[1]
      expect(until === undefined || Date.parse(until) > Date.now(), `valid-until: ${until}`)
      expect(sectionsOf(refused.text).every((each) => /a=(sendonly|sendrecv)/.test(each)), 'the offer does not send')
      const peer = client.peer()
      const answer = await peer.answer(refused.text)
      const broken = await client.patch(url, 'v=0\r\n', undefined, SDP)
      expect(isClientError(broken.status), `malformed answer: ${broken.status}`)
      const { status, text } = await client.patch(url, answer, undefined, SDP)
      expect(status === 204 && text === '', `${status}: ${text.slice(0, 200)}`)
      await peer.connected()
      await peer.media()
    }
  },
  {
    clause: 'WHEP-04 4.3.2', claim: 'an SDP answer nobody asked for is refused with 4xx',
    async check(client) {
      const session = await client.open()
      const { status } = await client.patch(session.url, session.answer.text, undefined, SDP)
      expect(isClientError(status), `${status}`)
    }
  }
]
