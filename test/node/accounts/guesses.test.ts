import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FREE_GUESSES_FROM_A_PLACE } from '../../../node/accounts/accounts.ts'
import { createProven, PROVEN_MS } from '../../../node/accounts/proven.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite<{ place: TestPlace }>('guesses at accounts')
const PASSWORD = 'four words of mine'

test.before.each(async (context) => {
  context.place = await testPlace()
  for (const [name, role] of [['Maren', 'admin'], ['Ben', 'viewer']] as const) await context.place.accounts.users.create({ name, password: PASSWORD, role })
})
test.after.each(async ({ place }) => place.end())

const basic = (user: string, password: string) => ({ headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } })
const signIn = async (place: TestPlace, name: string, password: string): Promise<number> => (await place.ask('/api/v1/session', { body: { name, password } })).status

test('a player is not told which names there are', async ({ place }) => {
  const [known, unknown] = [await place.ask('/stream/porch', basic('maren', 'x')), await place.ask('/stream/porch', basic('nobody', 'x'))]
  assert.equal([unknown.status, unknown.body.toString(), unknown.headers['www-authenticate']], [401, known.body.toString(), known.headers['www-authenticate']])
  assert.match(known.body.toString(), /wrong name or password/)
  for (const user of ['maren', 'nobody', '']) assert.is((await place.ask('/stream/porch', basic(user, place.adminToken))).status, 404, 'the admin token goes with any name')
})

test('many players that know the same password come in at once, also with the admin token', async ({ place }) => {
  const all = (password: string) => Promise.all(Array.from({ length: 12 }, async () => (await place.ask('/stream/porch', basic('ben', password))).status))
  assert.equal(new Set(await all(PASSWORD)), new Set([404]))
  assert.equal(new Set(await all(place.adminToken)), new Set([404]))
  assert.equal(await Promise.all(Array.from({ length: 12 }, async (_each, i) => (await place.ask('/stream/porch', basic('ben', `wrong ${i}`))).status)).then((all) => all.includes(429)), true, 'whoever guesses waits')
})

test('a password that was changed is not taken for the one that was right a moment ago', async ({ place }) => {
  assert.is((await place.ask('/stream/porch', basic('ben', PASSWORD))).status, 404)
  await place.accounts.users.change(place.accounts.users.named('ben')!.id, { password: 'four other words' })
  assert.is((await place.ask('/stream/porch', basic('ben', PASSWORD))).status, 401)
})

test('a program whose key has ended keeps nobody of its address from signing in', async ({ place }) => {
  for (let i = 0; i < 2 * FREE_GUESSES_FROM_A_PLACE; i++) assert.is((await place.ask('/api/v1/ring', { token: `tdk_0123456789abcdef_${'A'.repeat(43)}` })).status, 401)
  assert.is(await signIn(place, 'maren', PASSWORD), 200)
})

test('whoever signs in as themselves in between guesses at others no longer for that', async ({ place }) => {
  const statuses = new Set<number>()
  for (let i = 0; i < 2 * FREE_GUESSES_FROM_A_PLACE; i++) {
    if (i % (FREE_GUESSES_FROM_A_PLACE - 1) === 0) await signIn(place, 'ben', PASSWORD)
    statuses.add(await signIn(place, `name ${i}`, 'wrong'))
  }
  assert.equal(statuses, new Set([401, 429]))
})

test('what was proven is proven again after a minute, and what was refused at once', async () => {
  let [nowMs, proofs] = [0, 0]
  const proven = createProven({ now: () => nowMs })
  const ask = (text: string): Promise<boolean> => proven.ask([text], async () => { proofs++; return text === 'right' })
  assert.equal(await Promise.all([ask('right'), ask('right'), ask('wrong'), ask('wrong')]), [true, true, false, false])
  assert.equal([await ask('right'), await ask('wrong'), proofs], [true, false, 3])
  nowMs += PROVEN_MS
  assert.equal([await ask('right'), proofs], [true, 4])
})

test.run()
