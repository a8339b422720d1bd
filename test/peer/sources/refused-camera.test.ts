import assert from 'node:assert/strict'
import { test } from 'uvu'
import { whyNoCamera } from '../../../peer/sources/open-input.ts'

test('a camera that is refused says why, and what can be done', () => {
  const said = (message: string): string => whyNoCamera('/dev/video0', new Error(message))
  assert.equal(said('Failed to open input: Device or resource busy'), '/dev/video0 is busy: another program uses it')
  assert.match(said('Failed to open input: Permission denied'), /may not be opened: permission denied; add this user to the group "video"/)
  assert.match(said('Operation not permitted'), /permission denied/)
  assert.match(said('Failed to open input: Invalid argument'), /does not offer this format: leave out format, size and fps/)
  assert.match(said('Inappropriate ioctl for device'), /is no camera/)
  assert.match(said('No such device'), /is gone/)
})

test.run()
