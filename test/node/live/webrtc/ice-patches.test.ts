import assert from 'node:assert/strict'
import { test } from 'uvu'
import { InvalidInputError, PreconditionFailedError, PreconditionRequiredError, UnprocessableError } from '#protocols/errors.ts'
import { icePatches } from '../../../../node/live/webrtc/ice-patches.ts'
import type { Ice } from '../../../../node/live/webrtc/ice.ts'
import type { IceCredentials } from '../../../../node/live/webrtc/sdp.ts'

const DESCRIPTION = ['v=0', 'a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=ice-options:trickle', 'a=ice-ufrag:ours', 'a=mid:0', ''].join('\r\n')
const PWD = 'p'.repeat(22)
const CANDIDATE = 'candidate:1 1 udp 1 192.0.2.1 9 typ host'
const body = (ufrag: string, pwd = PWD): string => [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'm=video 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', `a=${CANDIDATE}`, 'a=end-of-candidates', ''].join('\r\n')

/** The other side is `one` until it restarts. */
function fakeIce() {
  const ice = {
    now: { ufrag: 'one1', pwd: PWD } as IceCredentials, connected: true, added: [] as string[], fails: false,
    remote: () => ice.now,
    isConnected: () => ice.connected,
    add: async (candidates: readonly string[]) => { ice.added.push(...candidates) },
    restart: async (remote: IceCredentials, candidates: readonly string[]) => {
      if (ice.fails) throw new UnprocessableError('no')
      ice.now = remote
      ice.added.push(...candidates)
      return { ufrag: 'new1', pwd: 'n'.repeat(22), candidates: ['candidate:9 1 udp 1 192.0.2.9 5 typ host'] }
    }
  }
  return ice satisfies Ice & object
}

async function refused(promise: Promise<unknown>, kind: new (message: string) => Error): Promise<void> {
  await assert.rejects(promise, (err) => err instanceof kind)
}

test('candidates of the present session are added; the tag stays', async () => {
  const ice = fakeIce()
  const patches = icePatches(ice, DESCRIPTION)
  const tag = patches.tag()
  assert.match(tag, /^"[\w-]{12}"$/)
  for (const ifMatch of [tag, '*', '"*"', `"other", ${tag}`]) assert.equal(await patches.patch(body('one1'), ifMatch), undefined)
  assert.equal(await patches.patch(`a=${CANDIDATE}\r\n`, tag), undefined, 'without credentials it is this session\'s')
  assert.deepEqual([ice.added.length, patches.tag()], [5, tag])
})

test('without a tag, with a stale one or a weak one, nothing is done', async () => {
  const ice = fakeIce()
  const patches = icePatches(ice, DESCRIPTION)
  for (const missing of [undefined, ' ']) await refused(patches.patch(body('one1'), missing), PreconditionRequiredError)
  for (const wrong of ['"stale"', `W/${patches.tag()}`, patches.tag().slice(1, -1)]) await refused(patches.patch(body('two2'), wrong), PreconditionFailedError)
  assert.deepEqual(ice.added, [])
})

test('new credentials restart ICE: a new tag, our new credentials, and the attributes of our description', async () => {
  const patches = icePatches(fakeIce(), DESCRIPTION)
  const old = patches.tag()
  const outcome = await patches.patch(body('two2'), '*')
  assert.equal(outcome?.tag, patches.tag())
  assert.notEqual(outcome?.tag, old)
  assert.equal(outcome?.fragment, ['a=ice-options:trickle', 'a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=ice-ufrag:new1', `a=ice-pwd:${'n'.repeat(22)}`, 'a=candidate:9 1 udp 1 192.0.2.9 5 typ host', 'a=end-of-candidates', ''].join('\r\n'))
  await refused(patches.patch(body('two2'), old), PreconditionFailedError)
  assert.equal(await patches.patch(body('two2'), patches.tag()), undefined)
})

test('a PATCH that was overtaken by a restart does not bring the old session back', async () => {
  const ice = fakeIce()
  const patches = icePatches(ice, DESCRIPTION)
  const [restart, late] = await Promise.allSettled([patches.patch(body('two2'), '*'), patches.patch(body('one1'), '*')])
  assert.equal(restart.status, 'fulfilled')
  assert.ok(late.status === 'rejected' && late.reason instanceof PreconditionFailedError)
  assert.equal(ice.now.ufrag, 'two2')
})

test('a restart that is not possible leaves everything as it was', async () => {
  const ice = fakeIce()
  const patches = icePatches(ice, DESCRIPTION)
  const tag = patches.tag()
  ice.connected = false
  await refused(patches.patch(body('two2'), '*'), UnprocessableError)
  ice.connected = true
  await refused(patches.patch(body('one1', 'q'.repeat(22)), '*'), UnprocessableError)
  ice.fails = true
  await refused(patches.patch(body('two2'), '*'), UnprocessableError)
  for (const bad of ['x', 'a=ice-ufrag:two2\r\n', body('no'), body('two2', 'short'), body('two!'), 'a=mid:0\r\n', '']) await refused(patches.patch(bad, '*'), InvalidInputError)
  assert.deepEqual([patches.tag(), ice.now.ufrag, ice.added], [tag, 'one1', []])
  ice.fails = false
  assert.notEqual(await patches.patch(body('two2'), '*'), undefined, 'and the next one is fine')
})

test.run()
