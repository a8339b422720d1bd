import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { Asset } from '#ring'
import { belongs, checkTier, fieldsOf, mayGo, type Tier, tierOf } from '../../../node/cloud/tier.ts'

const tier = (id: string, change: Partial<Tier> = {}): Tier => ({ id, name: id, place: `s3://${id}-bucket/films`, endpoint: '', region: '', mode: 'copy', album: '', moveCopies: 2, sinceMs: 1, ...change })
const asset = (cloud: Record<string, number>, albums: string[] = []): Asset => ({ cloud, albums, deletedAtMs: undefined }) as unknown as Asset

test('the ring gives up its copies only where a tier says so and enough different buckets hold good ones', () => {
  const [a, b] = [tier('aa', { mode: 'move' }), tier('bb')]
  assert.equal(mayGo(asset({ aa: 1 }), [a, b]), false)
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, b]), true)
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [{ ...a, mode: 'copy' }, b]), false)
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, { ...b, place: a.place }]), false, 'two tiers of one place are one copy')
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, { ...b, place: `${a.place}//`, endpoint: 'https://s3.eu-west-1.amazonaws.com/' }]), false, 'also when it is written otherwise')
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, { ...b, place: a.place, endpoint: 'https://s3.example.org' }]), true, 'the same name on another server is another bucket')
  assert.equal(mayGo(asset({ bb: 2, cc: 2 }), [a, b]), false, 'a tier that was forgotten does not count')
})

test('no server means the one that the environment names', () => {
  const [a, b] = [tier('aa', { mode: 'move' }), tier('bb', { place: 's3://aa-bucket/films', endpoint: 'http://S3.example.org:9000/' })]
  const before = process.env['AWS_ENDPOINT_URL']
  process.env['AWS_ENDPOINT_URL'] = 'http://s3.example.org:9000'
  try {
    assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, b]), false)
  } finally {
    if (before === undefined) delete process.env['AWS_ENDPOINT_URL']
    else process.env['AWS_ENDPOINT_URL'] = before
  }
  assert.equal(mayGo(asset({ aa: 1, bb: 2 }), [a, b]), true)
})

test('what was brought back stays, until a person says again what the tier is to do', () => {
  const [a, b] = [tier('aa', { mode: 'move', sinceMs: 100 }), tier('bb')]
  const recalled = (recalledAtMs: number): Asset => ({ ...asset({ aa: 1, bb: 2 }), recalledAtMs })
  assert.equal(mayGo(recalled(99), [a, b]), true)
  assert.equal(mayGo(recalled(101), [a, b]), false)
  assert.equal(mayGo(recalled(101), [{ ...a, sinceMs: 102 }, b]), true)
})

test('a tier of an album takes what is in the album', () => {
  assert.deepEqual([belongs(asset({}), tier('aa', { album: 'x' })), belongs(asset({}, ['x']), tier('aa', { album: 'x' })), belongs(asset({}), tier('aa'))], [false, true, true])
})

test('what a record says about a tier is read back, and nonsense is no tier', () => {
  const a = tier('aa', { mode: 'move', endpoint: 'https://s3.example.org' })
  assert.deepEqual(tierOf({ id: 'aa', fields: fieldsOf(a) }), a)
  for (const fields of [{}, { name: 'x', place: 'http://x' }, { name: '', place: 's3://bucket' }, { name: 'x', place: 's3://bucket/../up' }]) assert.equal(tierOf({ id: 'aa', fields }), undefined)
  assert.throws(() => checkTier(tier('aa', { endpoint: 'https://user:secret@s3.example.org' })), /credentials do not belong into the URL/)
  assert.throws(() => checkTier(tier('aa', { endpoint: 'file:///etc' })), /no URL of an S3 server/)
})

test.run()
