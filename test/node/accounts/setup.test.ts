import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSetupCode, SETUP_CODE_EVERY_MS, SETUP_CODE_MS } from '../../../node/accounts/setup-code.ts'
import { cookiesOf, testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite<{ place: TestPlace }>('first account')
test.before.each(async (context) => { context.place = await testPlace() })
test.after.each(async ({ place }) => place.end())

const FORM = { name: 'Maren', password: 'four words of mine' }

test('the first visit prints a code, and with it the first administrator is made, once', async ({ place }) => {
  assert.is((await place.ask('/', { headers: { accept: 'text/html' } })).headers['location'], '/login')
  assert.is((await place.ask('/login')).headers['location'], '/setup')
  assert.equal(place.codes, [])
  assert.is((await place.ask('/setup')).status, 200)
  await place.ask('/setup')
  assert.is(place.codes.length, 1, 'looking twice prints it once')
  assert.match(place.codes[0]!, /^[A-Z2-9]{4}-[A-Z2-9]{4}$/)
  assert.is((await place.ask('/setup', { form: { ...FORM, code: 'AAAA-AAAA' } })).status, 401)
  assert.is((await place.ask('/setup', { form: { ...FORM, code: place.codes[0]!, password: 'password123' } })).status, 400)
  const made = await place.ask('/setup', { form: { ...FORM, code: place.codes[0]!.toLowerCase() } })
  assert.equal([made.status, made.headers['location']], [303, '/'])
  assert.is((await place.ask('/api/v1/users', { cookie: cookiesOf(made) })).status, 200)
  assert.is((await place.ask('/setup')).headers['location'], '/login')
  assert.is((await place.ask('/setup', { form: { ...FORM, name: 'Eve', code: place.codes[0]! } })).status, 403)
  assert.equal(place.accounts.users.list().map(({ name, role }) => [name, role]), [['Maren', 'admin']])
})

test('two who send the same code at once make one account', async ({ place }) => {
  await place.ask('/setup')
  const made = await Promise.all(['One', 'Two'].map((name) => place.ask('/setup', { form: { ...FORM, name, code: place.codes[0]! } })))
  assert.equal(made.map(({ status }) => status).sort(), [303, 403])
  assert.is(place.accounts.users.list().length, 1)
})

test('three wrong codes burn it, the next is printed half a minute later, and each ends after ten minutes', () => {
  let nowMs = 0
  const codes: string[] = []
  const setup = createSetupCode((code) => codes.push(code), { now: () => nowMs })
  setup.wanted()
  for (let tries = 0; tries < 3; tries++) assert.throws(() => setup.check('AAAAAAAA'), /code/)
  assert.throws(() => setup.check(codes[0]!), /half a minute/)
  assert.is(codes.length, 1)
  nowMs += SETUP_CODE_EVERY_MS
  setup.wanted()
  assert.is(codes.length, 2)
  nowMs += SETUP_CODE_MS + 1
  assert.throws(() => setup.check(codes[1]!), /expired/)
  setup.check(codes[2]!)
})

test.run()
