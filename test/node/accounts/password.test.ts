import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createGuessLimit, FIRST_WAIT_MS, LONGEST_WAIT_MS, placeOf } from '../../../node/accounts/guess-limit.ts'
import { checkPassword, hashPassword, isPassword, makePassword } from '../../../node/accounts/password.ts'

test('a password is known by its hash, however it is composed, and no other is', async () => {
  const hash = await hashPassword('smörgåsbord ahead', { logN: 4, r: 1, p: 1 })
  assert.ok(await isPassword('smörgåsbord ahead'.normalize('NFD'), hash))
  assert.not.ok(await isPassword('smorgasbord ahead', hash))
  assert.is.not(hash, await hashPassword('smörgåsbord ahead', { logN: 4, r: 1, p: 1 }))
})

test('a hash of the catalog that is none, or asks for a machine\'s whole memory, opens nothing', async () => {
  const hash = await hashPassword('the right one', { logN: 4, r: 1, p: 1 })
  for (const stored of [undefined, '', 'x', hash.replace('$4$', '$30$'), hash.replace('$1$1$', '$99$1$'), hash.slice(0, -1), 'scrypt$4$1$1$$']) assert.not.ok(await isPassword('the right one', stored), String(stored))
})

test('what is guessed first is refused with a reason', () => {
  for (const [password, reason] of [['short', /too short/], ['password123', /guessed/], ['1234567890123', /guessed/], ['aaaaaaaaaaaa', /guessed/], ['x'.repeat(201), /too long/], ['maren-is-great', /name/], ['Qwertyuiop!!', /guessed/]] as const) assert.throws(() => checkPassword(password, 'Maren'), reason)
  checkPassword('harbour lantern nine', 'Maren')
  for (let n = 0; n < 20; n++) checkPassword(makePassword(), 'Maren')
})

test('each guess beyond the free ones waits twice as long, up to a quarter of an hour, and a right one starts anew', () => {
  let nowMs = 0
  const limit = createGuessLimit({ free: 2, now: () => nowMs })
  limit.guess('a')
  limit.guess('a')
  for (let n = 0; n < 12; n++) {
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** n)
    nowMs += waitMs - 1
    assert.throws(() => limit.guess('a'), /wait/)
    limit.guess('b')
    limit.right('b')
    nowMs += 1
    limit.guess('a')
  }
  limit.right('a')
  limit.guess('a')
})

test('the addresses of one IPv6 network count together', () => {
  assert.is(placeOf('2001:db8:1:2:aaaa::1'), placeOf('2001:db8:1:2::ffff'))
  assert.is.not(placeOf('2001:db8:1:2::1'), placeOf('2001:db8:1:3::1'))
  assert.is(placeOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.is(placeOf('::1'), placeOf('0:0:0:0::2'))
})

test.run()
