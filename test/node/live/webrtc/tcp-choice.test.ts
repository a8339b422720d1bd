import assert from 'node:assert/strict'
import { test } from 'uvu'
import { CandidatePairState } from 'werift'
import { followTcp, type TcpChoice } from '../../../../node/live/webrtc/ice.ts'

/** As much of the library's connection as the choice between TCP connections is made of. */
function connected(...pairs: Array<{ port: number; open: boolean; nominated?: boolean; state?: CandidatePairState }>) {
  const given: number[] = []
  const checkList = pairs.map(({ port, open, nominated = false, state = CandidatePairState.SUCCEEDED }) => ({
    remoteAddr: ['192.0.2.1', port], nominated, state, protocol: { getOpenSocket: () => open ? {} : undefined }
  }))
  const connection = {
    checkList, nominated: checkList[0],
    pruneTcpConnections() { throw new Error('none is closed') },
    handleConnectionClosed: (_protocol: unknown, [, port]: [string, number]) => { given.push(port) }
  } as unknown as TcpChoice
  followTcp(connection)
  return { given, connection, closed: (at: number) => connection.handleConnectionClosed(connection.checkList[at]!.protocol, connection.checkList[at]!.remoteAddr), port: () => connection.nominated?.remoteAddr[1] }
}

test('when the TCP connection in use is closed, one that was nominated since takes its place, else one that works', () => {
  const both = connected({ port: 1, open: false }, { port: 2, open: true }, { port: 3, open: true, nominated: true })
  both.connection.pruneTcpConnections(both.connection.checkList[0]!)
  both.closed(0)
  assert.deepEqual([both.port(), both.given], [3, []])
  const one = connected({ port: 1, open: false }, { port: 2, open: true, state: CandidatePairState.WAITING }, { port: 3, open: true })
  one.closed(0)
  assert.deepEqual([one.port(), one.given], [3, []])
})

test('without another that is the end, and one that is not in use may close', () => {
  const last = connected({ port: 1, open: false }, { port: 2, open: false, nominated: true })
  last.closed(1)
  assert.deepEqual([last.port(), last.given], [1, []])
  last.closed(0)
  assert.deepEqual([last.port(), last.given], [1, [1]])
})

test.run()
