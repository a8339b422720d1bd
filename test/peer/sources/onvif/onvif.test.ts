import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import { discoverOnvif } from '../../../../peer/sources/onvif/discover.ts'
import { digestAuthorization } from '../../../../peer/sources/onvif/http-digest.ts'
import { escapeXml, parseXml, passwordDigest } from '../../../../peer/sources/onvif/soap.ts'
import { onvifStreamUrl } from '../../../../peer/sources/onvif/stream-url.ts'
import { type OnvifSpec, parseSource, sourceLabel } from '../../../../peer/sources/source-spec.ts'
import { freePort } from '../../../support/free-port.ts'
import { onvifDevice, type OnvifDevice, type OnvifDeviceInit } from '../../../support/onvif-device.ts'

const withDevice = (init: Partial<OnvifDeviceInit>, run: (device: OnvifDevice) => Promise<void>) => async () => {
  const device = await onvifDevice({ user: 'admin', password: 'hunt&er2', stream: 'rtsp://192.0.2.9:8554/live', ...init })
  try {
    await run(device)
  } finally {
    await device.stop()
  }
}

const spec = (text: string): OnvifSpec => parseSource(text) as OnvifSpec

test('the digest is the one the ONVIF programmer’s guide works out', () => {
  assert.equal(passwordDigest(Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64'), '2010-09-16T07:50:45Z', 'userpassword'), 'tuOSpGlFlIXsozq4HFNeeGeFLEI=')
})

test('a camera is asked for its stream: the first H.264 profile, with the password, where the camera was found', withDevice({}, async ({ port, requests }) => {
  const camera = spec(`onvif://admin:hunt%26er2@127.0.0.1:${port}`)
  assert.equal(sourceLabel(camera), `onvif://127.0.0.1:${port}`)
  assert.equal(await onvifStreamUrl(camera), 'rtsp://admin:hunt%26er2@127.0.0.1:8554/live?profile=p_main&unicast=true')
  assert.doesNotMatch(requests.join(), /hunt|er2</)
}))

test('HTTP’s own digest is the one that RFC 7616 works out, of the first challenge that is known', () => {
  const words = 'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const request = { user: 'Mufasa', password: 'Circle of Life', method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' }
  const response = (challenges: string): string | undefined => /response="(\w+)"/.exec(digestAuthorization(challenges, request) ?? '')?.[1]
  assert.equal(response(`Digest ${words}, algorithm=MD5`), '8ca523f5e9506fed4657c9700eebdbec')
  assert.equal(response(`Basic realm="x", Digest ${words}, algorithm=SHA-512-256, Digest ${words}, algorithm=SHA-256, Digest ${words}, algorithm=MD5`), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1')
  assert.equal(response('Basic realm="x"'), undefined)
  assert.match(digestAuthorization(`Digest ${words}`, { ...request, user: 'a"b' }) ?? '', /username="a\\"b"/)
})

for (const httpDigest of ['MD5', 'SHA-256'] as const) {
  test(`a camera that wants requests signed by HTTP (${httpDigest}) is asked so; a wrong password is said`, withDevice({ httpDigest }, async ({ port, requests }) => {
    assert.match(await onvifStreamUrl(spec(`onvif://admin:hunt%26er2@127.0.0.1:${port}`)), /^rtsp:/)
    assert.doesNotMatch(requests.join(), /hunt|er2</)
    await assert.rejects(onvifStreamUrl(spec(`onvif://admin:secret@127.0.0.1:${port}`)), /refused user name or password/)
  }))
}

test('a profile is chosen by its name or token; one that is not there is answered with those that are', withDevice({}, async ({ port }) => {
  const of = (profile: string) => onvifStreamUrl(spec(`onvif://admin:hunt%26er2@127.0.0.1:${port}/${profile}`))
  assert.match(await of('subStream'), /profile=p_sub/)
  assert.match(await of('main%20%26%20large'), /profile=p_hevc/)
  await assert.rejects(of('third'), /no such profile: it has main & large, mainStream, subStream/)
}))

test('a camera whose clock is years behind lets us in', withDevice({ clockOffsetMs: -9 * 365 * 86_400_000 }, async ({ port }) => {
  assert.match(await onvifStreamUrl(spec(`onvif://admin:hunt%26er2@127.0.0.1:${port}`)), /^rtsp:/)
}))

test('a wrong password and a machine that is no camera are said, without the password', withDevice({}, async ({ port }) => {
  await assert.rejects(onvifStreamUrl(spec(`onvif://admin:secret@127.0.0.1:${port}`)), (err: Error) => /refused user name or password/.test(err.message) && !err.message.includes('secret'))
  const nobody = await freePort()
  await assert.rejects(onvifStreamUrl(spec(`onvif://admin:secret@127.0.0.1:${nobody}`)), new RegExp(`127.0.0.1:${nobody} does not answer ONVIF requests: see that ONVIF is switched on in it, and at which port \\(ECONNREFUSED\\)`))
  const other = createServer((_request, response) => { response.end('<html><br></body>') })
  await new Promise<void>((resolve) => { other.listen(0, '127.0.0.1', resolve) })
  try {
    await assert.rejects(onvifStreamUrl(spec(`onvif://admin:secret@127.0.0.1:${(other.address() as AddressInfo).port}`)), /answers \(200\), but not as ONVIF cameras do: see that ONVIF is switched on/)
  } finally {
    other.closeAllConnections()
    other.close()
  }
}))

test('cameras on the LAN are found by their own answers, and by nothing else that comes', withDevice({}, async ({ port, discoveryPort }) => {
  const found = await discoverOnvif({ address: '127.0.0.1', port: discoveryPort, ms: 1_000 })
  assert.deepEqual(found, [{ endpoint: 'urn:uuid:5f5a69c2-e0ae-504f-829b-00fcee9d2ed5', name: 'Back Gate', hardware: 'IPC-1', host: `127.0.0.1:${port}` }])
}))

test('XML that would grow or fetch is not read', () => {
  assert.throws(() => parseXml('<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'), /DOCTYPE/)
  assert.throws(() => parseXml('<a><b></a>'.repeat(2) + '<'), /no XML/)
  assert.equal(escapeXml('<a b="c">&'), '&#60;a b=&#34;c&#34;&#62;&#38;')
})

test.run()
