/** What a frame between members costs: sealed with kept keys, and a window that is opened again when half of it is used. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { noise, pureJsCrypto } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter, Stream } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'
import { suite } from 'uvu'
import { type FrameCipher, LONG_FRAME_BYTES, noiseWithKeys, withKeys } from '../../../ring/network/noise-with-keys.ts'
import { bareHost, LIBRARY, OURS } from '../../support/bare-host.ts'
import { until } from '../../support/until.ts'

const test = suite('frames between members')
const PROTOCOL = '/test/frames/1.0.0'

const reference: FrameCipher = { encrypt: pureJsCrypto.chaCha20Poly1305Encrypt as FrameCipher['encrypt'], decrypt: pureJsCrypto.chaCha20Poly1305Decrypt as FrameCipher['decrypt'] }
const never: FrameCipher = { encrypt: () => assert.fail('not here'), decrypt: () => assert.fail('not here') }

test('a frame of any length is what the reference implementation makes and opens, with more than one key', () => {
  const ours = withKeys(reference)
  for (const key of [randomBytes(32), randomBytes(32)]) {
    for (const length of [0, 1, LONG_FRAME_BYTES - 1, LONG_FRAME_BYTES, LONG_FRAME_BYTES + 17, 65_519]) {
      const [plain, nonce, ad] = [randomBytes(length), randomBytes(12), randomBytes(length % 3)]
      const sealed = ours.encrypt(plain, nonce, ad, key).subarray()
      assert.deepEqual(Buffer.from(sealed), Buffer.from(reference.encrypt(plain, nonce, ad, key).subarray()), `${length} bytes sealed`)
      assert.deepEqual(Buffer.from(ours.decrypt(sealed, nonce, ad, key).subarray()), plain, `${length} bytes opened`)
    }
  }
})

test('a long frame that was changed, cut or sealed with another key or nonce is not opened', () => {
  const ours = withKeys(never)
  const [key, nonce, ad] = [randomBytes(32), randomBytes(12), Buffer.alloc(0)]
  const sealed = Buffer.from(ours.encrypt(randomBytes(2_000), nonce, ad, key).subarray())
  const changed = Buffer.from(sealed)
  changed[1_000]! ^= 1
  for (const [frame, at, with_] of [[changed, nonce, key], [sealed.subarray(0, -1), nonce, key], [sealed, randomBytes(12), key], [sealed, nonce, randomBytes(32)]] as const) assert.throws(() => ours.decrypt(frame, at, ad, with_))
})

test('the library has its ciphers and its windows where they are looked for', async () => {
  const [here, there] = [await bareHost(OURS), await bareHost(OURS)]
  try {
    const encrypter = noiseWithKeys()((here as unknown as { components: Parameters<ReturnType<typeof noise>>[0] }).components) as ConnectionEncrypter & { crypto: FrameCipher }
    const plain = noise()((here as unknown as { components: Parameters<ReturnType<typeof noise>>[0] }).components) as ConnectionEncrypter & { crypto: FrameCipher }
    assert.notEqual(encrypter.crypto.encrypt, plain.crypto.encrypt)
    assert.equal((await carry(here, there, 40, 1_000)).updates, 0, 'a sixth of the window is no reason to open it again')
    const before = await bareHost(LIBRARY)
    try {
      assert.ok((await carry(here, before, 40, 1_000)).updates > 0, 'the library by itself sends updates')
    } finally {
      await before.stop()
    }
  } finally {
    await Promise.all([here.stop(), there.stop()])
  }
})

for (const [name, sender, receiver] of [['each other', OURS, OURS], ['members with the library as it is', OURS, LIBRARY], ['members with the library as it is, the other way', LIBRARY, OURS]] as const) {
  test(`many windows of bytes arrive whole between ${name}`, async () => {
    const [here, there] = [await bareHost(sender), await bareHost(receiver)]
    try {
      const { bytes } = await carry(here, there, 300, 30_000)
      assert.equal(bytes, 9_000_000)
    } finally {
      await Promise.all([here.stop(), there.stop()])
    }
  })
}

/** Sends so many messages, and counts what arrives and how often the window was opened again. */
async function carry(from: Libp2p, to: Libp2p, messages: number, size: number): Promise<{ bytes: number; updates: number }> {
  let bytes = 0
  let updates = 0
  await to.handle(PROTOCOL, (stream) => {
    const inner = stream as Stream & { sendFrame: (header: { type: number; flag: number }) => boolean }
    const sendFrame = inner.sendFrame
    inner.sendFrame = (header, ...rest: []) => {
      if (header.type === 1 && header.flag === 0) updates++
      return sendFrame(header, ...rest)
    }
    stream.addEventListener('message', ({ data }) => { bytes += data.byteLength })
  })
  const stream = await from.dialProtocol(to.getMultiaddrs(), PROTOCOL)
  for (let i = 0; i < messages; i++) if (!stream.send(randomBytes(size))) await new Promise((resolve) => stream.addEventListener('drain', resolve, { once: true }))
  await until(() => bytes >= messages * size, 'all has arrived')
  await stream.close()
  return { bytes, updates }
}

test.run()
