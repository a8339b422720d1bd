import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import { InvalidInviteError, MemberRemovedError, NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { inviteCodec, type Certificate, type Invite } from '#protocols/join.ts'
import { CERTIFICATE_VALIDITY_MS, issueCertificate, verifyCertificate } from '../../../ring/identity/certificate.ts'
import { createNodeCredentials } from '../../../ring/identity/credentials.ts'
import { createInvite, formatInvite, parseInvite, proveInvite, verifyPresented } from '../../../ring/identity/invite.ts'
import { isSignedBy, publicKeyOf, ringIdOf, signWith } from '../../../ring/identity/ring-key.ts'
import { memoryLayout } from '../network/test-hosts.ts'

const NOW = Date.UTC(2026, 5, 1)
const HOUR = 3_600_000
const ringSeed = randomBytes(32)
const ringKey = publicKeyOf(ringSeed)
const birch = '12D3KooWBirch' as PeerId
const stranger = '12D3KooWStranger' as PeerId
const address = '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWBirch'
const newInvite = (role: 'node' | 'peer' = 'node', seed: Uint8Array = ringSeed): Invite => createInvite(seed, { role, expiresAtMs: NOW + HOUR, addresses: [address] }, NOW)
const door = { ringId: ringIdOf(ringKey), ringKey, admittedBefore: false, usedBy: [] }
const knows = { ...door, admittedBefore: true }
const present = (invite: Invite, remote = birch) => ({ capability: invite.capability, proof: proveInvite(invite.inviteSeed, remote), remote })
const says = (kind: new (message: string) => Error, message: RegExp) => (err: unknown): boolean => err instanceof kind && message.test(err.message)

test('signing is Ed25519 as of RFC 8032 §7.1, test 1', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
  assert.equal(Buffer.from(publicKeyOf(seed)).toString('hex'), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
})

test('a signature holds for its context, key and bytes only', () => {
  const signature = signWith(ringSeed, 'one', Buffer.from('bytes'))
  assert.ok(isSignedBy(ringKey, 'one', Buffer.from('bytes'), signature))
  assert.equal(isSignedBy(ringKey, 'two', Buffer.from('bytes'), signature), false)
  assert.equal(isSignedBy(ringKey, 'one', Buffer.from('byteS'), signature), false)
  assert.equal(isSignedBy(publicKeyOf(randomBytes(32)), 'one', Buffer.from('bytes'), signature), false)
  assert.equal(isSignedBy(Buffer.alloc(31), 'one', Buffer.from('bytes'), signature), false)
  assert.equal(isSignedBy(ringKey, 'one', Buffer.from('bytes'), signature.subarray(1)), false)
})

test('an invite reads back as it was written, white space around it or not', () => {
  const invite = newInvite()
  const read = parseInvite(` ${formatInvite(invite)}\n`)
  assert.equal(read.capability.role, 'node')
  assert.deepEqual(read.addresses, [address])
  assert.ok(Buffer.from(read.inviteSeed).equals(invite.inviteSeed))
})

test('an invite of which any one character changed is refused', () => {
  const text = formatInvite(newInvite())
  for (let index = 0; index < text.length; index += 7) {
    const altered = text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1)
    try {
      const { capability, inviteSeed, addresses } = parseInvite(altered)
      const same = parseInvite(text)
      // the addresses are hints and not signed; the rest must be what the ring signed
      assert.deepEqual([capability, Buffer.from(inviteSeed)], [same.capability, Buffer.from(same.inviteSeed)])
      assert.ok(String(addresses) !== String(same.addresses) || index === text.length - 1)
    } catch (err) {
      assert.ok(err instanceof InvalidInviteError, `${err}`)
    }
  }
})

test('text that is no invite is refused with what to do', () => {
  for (const text of ['', 'hello', 'thatdam1.', 'thatdam1.!!!!', `thatdam1.${'A'.repeat(40_000)}`, `thatdam2.${formatInvite(newInvite()).slice(9)}`, formatInvite(newInvite()).slice(0, -40)]) {
    assert.throws(() => parseInvite(text), says(InvalidInviteError, /copy/))
  }
})

test('a camera invite made into a node invite is refused', () => {
  const invite = newInvite('peer')
  const forged = { ...invite, capability: { ...invite.capability, role: 'node' as const } }
  assert.throws(() => parseInvite(formatInvite(forged)), says(InvalidInviteError, /altered/))
  assert.throws(() => verifyPresented(door, present(forged), NOW), says(InvalidInviteError, /altered/))
})

test('an invite whose expiry was moved is refused', () => {
  const invite = newInvite()
  const forged = { ...invite, capability: { ...invite.capability, expiresAtMs: NOW + 1_000 * HOUR } }
  assert.throws(() => verifyPresented(door, present(forged), NOW), says(InvalidInviteError, /altered/))
})

test('an expired invite lets nobody new in, but whom it let in before', () => {
  const invite = newInvite()
  verifyPresented(door, present(invite), NOW + HOUR - 1)
  assert.throws(() => verifyPresented(door, present(invite), NOW + HOUR), says(InvalidInviteError, /expired at 2026-06-01/))
  verifyPresented(knows, present(invite), NOW + 100 * HOUR)
})

test('an invite lets as many machines in as it says, one unless told, and those it let in again', () => {
  const invite = newInvite()
  assert.equal(invite.capability.uses, 1)
  const used = { ...door, usedBy: ['birch'] }
  assert.throws(() => verifyPresented(used, present(invite, '12D3KooWCedar' as PeerId), NOW), says(InvalidInviteError, /used by birch; print a new one/))
  verifyPresented({ ...used, admittedBefore: true }, present(invite), NOW)
  verifyPresented(used, present(createInvite(ringSeed, { role: 'node', uses: 2, expiresAtMs: NOW + HOUR, addresses: [] }, NOW)), NOW)
  const forged = { ...invite, capability: { ...invite.capability, uses: 9 } }
  assert.throws(() => verifyPresented(used, present(forged), NOW), says(InvalidInviteError, /altered/))
  for (const uses of [0, -1, 1.5, 10_001, Number.NaN]) assert.throws(() => createInvite(ringSeed, { role: 'node', uses, expiresAtMs: NOW, addresses: [] }, NOW), /lets 1 to 10000/)
})

test("an invite by an older key of the ring lets nobody new in", () => {
  const later = { ...door, ringKey: publicKeyOf(randomBytes(32)) }
  assert.throws(() => verifyPresented(later, present(newInvite()), NOW), says(InvalidInviteError, /older than the ring's key/))
  verifyPresented({ ...later, admittedBefore: true }, present(newInvite()), NOW)
})

test('an invite for another ring is refused', () => {
  assert.throws(() => verifyPresented(door, present(newInvite('node', randomBytes(32))), NOW), says(InvalidInviteError, /another ring/))
})

test('a proof made by one machine is of no use to another', () => {
  const overheard = { ...present(newInvite()), remote: '12D3KooWMallory' as PeerId }
  assert.throws(() => verifyPresented(door, overheard, NOW), says(InvalidInviteError, /could not prove/))
})

test('an invite whose seed was exchanged is refused', () => {
  const invite = newInvite()
  assert.throws(() => parseInvite(formatInvite({ ...invite, inviteSeed: randomBytes(32) })), says(InvalidInviteError, /altered/))
  assert.throws(() => parseInvite(`thatdam1.${Buffer.from(inviteCodec.encode({ ...invite, inviteSeed: randomBytes(31) })).toString('base64url')}`), InvalidInviteError)
})

test('a certificate holds for its ring, member, role and time only', () => {
  const certificate = issueCertificate(ringSeed, { ringId: ringIdOf(ringKey), peerId: birch, role: 'peer' }, NOW)
  const check = (changed: Partial<Certificate>, nowMs = NOW, remote = birch, key = ringKey) => () => verifyCertificate({ ringId: ringIdOf(key), ringKey: key }, { ...certificate, ...changed }, remote, nowMs)
  check({})()
  assert.throws(check({ role: 'node' }), says(NotAuthorizedError, /not signed/))
  assert.throws(check({ expiresAtMs: NOW * 2 }), says(NotAuthorizedError, /not signed/))
  assert.throws(check({ signature: randomBytes(64) }), says(NotAuthorizedError, /not signed/))
  assert.throws(check({ signature: new Uint8Array() }), says(NotAuthorizedError, /not signed/))
  assert.throws(check({}, NOW + CERTIFICATE_VALIDITY_MS), says(NotAuthorizedError, /expired/))
  assert.throws(check({}, NOW - HOUR), says(NotAuthorizedError, /clocks/))
  assert.throws(check({}, NOW, '12D3KooWMallory' as PeerId), says(NotAuthorizedError, /another member/))
  assert.throws(check({}, NOW, birch, publicKeyOf(randomBytes(32))), says(NotAuthorizedError, /another ring/))
})

test('a node that the ring names is let in with a certificate of a later time, one it does not name or has removed is not; a clock that is put right makes a new one', async () => {
  const layout = memoryLayout()
  await layout.putLayout({ peerId: birch, name: 'birch', zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 1 })
  const clock = { nowMs: NOW + 2 * HOUR }
  const itself = createNodeCredentials({ now: () => clock.nowMs }, { ringSeed, self: birch })
  const alder = createNodeCredentials({ layout: () => layout, now: () => NOW }, { ringSeed, self: '12D3KooWAlder' as PeerId })
  const ahead = itself.certificate() as Certificate
  assert.deepEqual(alder.verify(ahead, birch), { peerId: birch, role: 'node' })
  assert.throws(() => alder.verify(issueCertificate(ringSeed, { ...ahead, peerId: stranger }, clock.nowMs), stranger), says(NotAuthorizedError, /later time/))
  assert.throws(() => alder.verify(issueCertificate(ringSeed, { ...ahead, role: 'peer' }, clock.nowMs), birch), says(NotAuthorizedError, /later time/))
  clock.nowMs = NOW
  assert.equal(itself.certificate()?.issuedAtMs, NOW)
  layout.revoke(birch)
  assert.throws(() => alder.verify(ahead, birch), says(MemberRemovedError, /was removed/))
})

test('a node renews its own certificate before half its time is over', () => {
  let nowMs = NOW
  const credentials = createNodeCredentials({ now: () => nowMs }, { ringSeed, self: birch })
  const first = credentials.certificate()
  nowMs += CERTIFICATE_VALIDITY_MS / 2 - 1
  assert.equal(credentials.certificate(), first)
  nowMs += 2
  assert.equal(credentials.certificate()?.issuedAtMs, nowMs)
})

test.run()
