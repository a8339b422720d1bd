import assert from 'node:assert/strict'
import { test } from 'uvu'
import { whyNoCamera } from '../../../peer/sources/open-input.ts'
import { parseSource, redact } from '../../../peer/sources/source-spec.ts'
import { whyNoStream } from '../../../peer/sources/why-no-stream.ts'

test('a camera that is refused says why, and what can be done', () => {
  const said = (message: string): string => whyNoCamera('/dev/video0', new Error(message))
  assert.equal(said('Failed to open input: Device or resource busy'), '/dev/video0 is busy: another program uses it')
  assert.match(said('Failed to open input: Permission denied'), /may not be opened: permission denied; add this user to the group "video"/)
  assert.match(said('Operation not permitted'), /permission denied/)
  assert.match(said('Failed to open input: Invalid argument'), /does not offer this format: leave out format, size and fps/)
  assert.match(said('Inappropriate ioctl for device'), /is no camera/)
  assert.match(said('No such device'), /is gone/)
  assert.match(said('Failed to open input: No space left on device'), /finds no room on its USB: .* format=mjpeg/)
  assert.match(said('Failed to open input: Input/output error'), /does not answer its driver: plug it out and in again/)
})

test('a camera on the network that gives no stream says why, and what can be done, without its password', () => {
  const said = (message: string): string => whyNoStream(parseSource('rtsp://admin:hunter2@192.0.2.7/stream1?token=hunter2'), new Error(message))
  for (const [message, says] of [
    ['Failed to open input: Server returned 401 Unauthorized (authorization failed)', /^rtsp:\/\/192\.0\.2\.7\/stream1 refused user name or password: they stand before the host, as USER:PASSWORD@, .* \(Server returned 401 Unauthorized \(authorization failed\)\)$/],
    ['Failed to open input: Server returned 404 Not Found', /no stream at this address: its manual says the path, and an onvif source asks/],
    ['Failed to open input: Server returned 4XX Client Error, but not one of 40{0,1,3,4}', /try \?transport=udp/],
    ['Failed to open input: Server returned 5XX Server Error reply', /serve few viewers at once/],
    ['Failed to open input: Connection refused', /nothing listens at this port/],
    ['Failed to open input: Connection timed out', /does not answer: see that it is on/],
    ['Failed to open input: Invalid data found when processing input', /see what codec it is set to/],
    ['something else', /^something else$/]
  ] as const) {
    assert.match(said(message), says)
    assert.equal(redact(said(message)), said(message))
    assert.ok(said(message).length <= 300, 'it is not cut on its way to the page')
    assert.doesNotMatch(said(message), /hunter2|admin/)
  }
})

test.run()
