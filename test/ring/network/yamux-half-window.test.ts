import { multiaddrConnectionPair } from '@libp2p/utils'
import { suite } from 'uvu'
import { yamuxHalfWindow } from '../../../ring/network/yamux-half-window.ts'
import { until } from './test-hosts.ts'

const test = suite('yamux with half windows')

test('a stream that is opened while its connection closes ends, and not the process', async () => {
  const [here, there] = multiaddrConnectionPair()
  const muxer = yamuxHalfWindow({ enableKeepAlive: false })().createStreamMuxer(here)
  const opened = muxer.createStream()
  Object.assign(here, { writeStatus: 'closed' })
  const stream = await opened
  await until(() => stream.status === 'aborted', 'it ends')
  there.abort(new Error('over'))
})

test.run()
