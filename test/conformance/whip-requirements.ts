import { httpRequirements } from './http-requirements.ts'
import { expect, isClientError, type Requirement } from './requirement.ts'

/** RFC 9725, as far as it can be seen from outside. Nobody else may publish to the endpoint. */
export const WHIP: readonly Requirement[] = [
  ...httpRequirements('publish'),
  {
    clause: 'RFC 9725 3', claim: 'ICE and DTLS are set up',
    async check(client) {
      await client.connect()
    }
  },
  {
    clause: 'RFC 9725 4.4.2', claim: 'a second track of one kind is refused with 400 or 422, and nothing is taken in part',
    async check(client) {
      const offer = await client.peer().offer(['video', 'video'])
      const { status } = await client.post(offer)
      expect(status === 400 || status === 422, `${status}`)
    }
  },
  {
    clause: 'RFC 9725 4.4.3', claim: 'an offer without a codec the server takes is refused with 400 or 422',
    async check(client) {
      const { status } = await client.post((await client.offer()).replaceAll('H264', 'X-NONE'))
      expect(status === 400 || status === 422, `${status}`)
    }
  },
  {
    clause: 'RFC 9725 4.4.4', claim: 'an offerer that is only a DTLS client is answered passive, or refused',
    async check(client) {
      const { status, text } = await client.post((await client.offer()).replaceAll('a=setup:actpass', 'a=setup:active'))
      expect(isClientError(status) || (status === 201 && /a=setup:passive/.test(text)), `${status}, ${/a=setup:\w+/.exec(text)?.[0]}`)
    }
  },
  {
    clause: 'ours', claim: 'a second publisher is refused while the first is there, and welcome afterwards',
    async check(client) {
      await client.open()
      const second = await client.post(await client.offer())
      expect(isClientError(second.status), `${second.status}`)
      await client.cleanUp()
      await client.open()
    }
  }
]
