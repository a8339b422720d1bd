import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry } from '#protocols/http.ts'
import { FREE_GUESSES_FROM_A_PLACE } from '../../../node/accounts/accounts.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite<{ behind: TestPlace; bare: TestPlace }>('a reverse proxy in front')
const PASSWORD = 'four words of mine'

test.before.each(async (context) => {
  context.behind = await testPlace({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] })
  context.bare = await testPlace({ trustedProxies: ['10.0.0.0/8'] })
  for (const { accounts } of [context.behind, context.bare]) await accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'admin' })
})
test.after.each(async ({ behind, bare }) => {
  await behind.end()
  await bare.end()
})

const from = (address: string, scheme = 'https') => ({ 'x-forwarded-for': address, 'x-forwarded-proto': scheme })
const signIn = (place: TestPlace, headers: Record<string, string>, password = PASSWORD) => place.ask('/login', { form: { name: 'maren', password }, headers })
const addressesIn = (entries: readonly AuditEntry[]): string[] => [...new Set(entries.map(({ address }) => address))].sort()

test('people behind a proxy that is trusted have their own addresses, for guesses and in the audit log', async ({ behind }) => {
  const guess = (name: string, address: string) => behind.ask('/login', { form: { name, password: 'wrong' }, headers: from(address) })
  const statuses = await Promise.all(Array.from({ length: FREE_GUESSES_FROM_A_PLACE + 1 }, async (_, n) => (await guess(`nobody ${n}`, '192.0.2.66')).status))
  assert.is(statuses.filter((status) => status === 429).length, 1, 'whoever guesses is slowed')
  assert.is((await signIn(behind, from('192.0.2.7'))).status, 303, 'and nobody else')
  assert.equal(addressesIn(await behind.accounts.audit.read({})), ['192.0.2.66', '192.0.2.7'])
})

test('cookies of whoever came to the proxy by HTTPS are kept to HTTPS', async ({ behind }) => {
  const cookies = async (scheme: string) => String((await signIn(behind, from('192.0.2.7', scheme))).headers['set-cookie'])
  assert.match(await cookies('https'), /^__Host-thatdam_access.*; Secure/)
  assert.not.match(await cookies('http'), /Secure/)
})

test('of several proxies in a row the trusted ones are passed over, and what a client invents before them is not', async ({ behind }) => {
  await signIn(behind, from('203.0.113.1, 192.0.2.7, 10.1.2.3'))
  assert.equal(addressesIn(await behind.accounts.audit.read({})), ['192.0.2.7'])
})

test('anybody else is not believed', async ({ bare }) => {
  const guesses = await Promise.all(Array.from({ length: FREE_GUESSES_FROM_A_PLACE + 1 }, async (_, n) => (await bare.ask('/login', { form: { name: `nobody ${n}`, password: 'wrong' }, headers: from(`192.0.2.${n}`) })).status))
  assert.is(guesses.filter((status) => status === 429).length, 1, 'an address that is invented anew for every guess helps nobody')
  assert.equal(addressesIn(await bare.accounts.audit.read({})), ['127.0.0.1'])
  const place = await testPlace()
  try {
    await place.accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'admin' })
    assert.not.match(String((await signIn(place, from('192.0.2.7'))).headers['set-cookie']), /Secure/)
  } finally {
    await place.end()
  }
})

test.run()
