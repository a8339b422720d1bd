import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { GenericNack, ReceiverEstimatedMaxBitrate, RtcpPacketConverter, RtcpPayloadSpecificFeedback, RtcpTransportLayerFeedback } from 'werift'
import '../../../../node/live/webrtc/webrtc.ts'

const test = suite('what a viewer asks for again')

test('numbers are read from the request only, not from what comes after it in the same datagram', () => {
  const nack = new RtcpTransportLayerFeedback({ feedback: new GenericNack({ senderSsrc: 1, mediaSourceSsrc: 2, lost: [65_530, 65_532, 9] }) })
  const estimate = new RtcpPayloadSpecificFeedback({ feedback: new ReceiverEstimatedMaxBitrate({ senderSsrc: 1, mediaSsrc: 0, ssrcNum: 1, ssrcFeedbacks: [2], brExp: 4, brMantissa: 100_000 }) })
  const [first, second] = RtcpPacketConverter.deSerialize(Buffer.concat([nack.serialize(), estimate.serialize()]))
  assert.ok(first instanceof RtcpTransportLayerFeedback && first.feedback instanceof GenericNack)
  assert.deepEqual(first.feedback.lost, [65_530, 65_532, 9])
  assert.ok(second instanceof RtcpPayloadSpecificFeedback)
})

test.run()
