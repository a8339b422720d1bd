import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { suite } from 'uvu'
import { openTransmitter, SENDER_VARIABLE } from '../../../../node/live/send/open-transmitter.ts'

const test = suite('the accelerator')

test('where koffi is not installed, sending goes on without it, and it is said why', async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'koffi') throw new Error('Cannot find package \'koffi\'')
      return next(specifier, context)
    }
  })
  const reasons: string[] = []
  try {
    assert.equal((await openTransmitter((why) => reasons.push(why))).kind, 'node')
  } finally {
    hooks.deregister()
  }
  assert.equal(reasons.length, 1)
})

test('it can be turned off', async () => {
  const before = process.env[SENDER_VARIABLE]
  process.env[SENDER_VARIABLE] = 'node'
  try {
    assert.equal((await openTransmitter()).kind, 'node')
  } finally {
    if (before === undefined) delete process.env[SENDER_VARIABLE]
    else process.env[SENDER_VARIABLE] = before
  }
})

test.run()
