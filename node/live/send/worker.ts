/** A sender thread: viewers' connections, and a mirror of every camera they watch. */
import { parentPort, workerData } from 'node:worker_threads'
import type { LiveCamera } from '../live-camera.ts'
import { answerViewer, offerToViewer } from '../webrtc/webrtc.ts'
import { failureOf } from './failure.ts'
import { openTransmitter } from './open-transmitter.ts'
import { ViewerHost } from './viewer-host.ts'
import { mirroredFeeds } from './mirrored-feeds.ts'
import { type FromWorker, type ToWorker, unpack, type WorkerAnswer, type WorkerStart } from './worker-messages.ts'

const { extraAddresses, iceServers, iceTcp, taken } = workerData as WorkerStart
/** Until the viewers' farewells have left, in milliseconds. */
const FAREWELL_MS = 100

const counter = new Int32Array(taken)
const tell = (message: FromWorker): void => { parentPort?.postMessage(message, []) }
const transmitter = await openTransmitter((why) => tell({ type: 'refused', why }))
const feeds = mirroredFeeds(tell)
const rtc = { extraAddresses, iceServers, iceTcp, transmitter }
const host = new ViewerHost({
  open: feeds.open,
  answerViewer: (offer, events) => answerViewer(offer, rtc, events),
  offerToViewer: (wishes, events) => offerToViewer(wishes, rtc, events),
  events: {
    onClosed: (id, reason) => tell({ type: 'onClosed', id, reason }),
    onNack: (asked, sent) => tell({ type: 'onNack', asked, sent }),
    onSkipped: (packets) => tell({ type: 'onSkipped', packets })
  }
})

async function answer(call: number, work: Promise<WorkerAnswer>): Promise<void> {
  try {
    tell({ type: 'answered', call, answer: await work })
  } catch (err) {
    tell({ type: 'failed', call, failure: failureOf(err) })
  }
}

function sendRtp(camera: LiveCamera | undefined, message: Extract<ToWorker, { type: 'sendRtp' }>): void {
  for (const packet of unpack(message)) camera?.write(packet)
  Atomics.add(counter, 0, message.lengths.length)
}

function stop(): void {
  host.stop()
  setTimeout(() => process.exit(), FAREWELL_MS)
}

parentPort?.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'addViewer': void answer(message.call, host.addViewer(message)); break
    case 'offerViewer': void answer(message.call, host.offerViewer(message)); break
    case 'acceptAnswer': void answer(message.call, host.acceptAnswer(message.id, message.answer)); break
    case 'patchIce': void answer(message.call, host.patchIce(message.id, message.fragment, message.ifMatch)); break
    case 'closeViewer': host.closeViewer(message.id, message.reason); break
    case 'opened': case 'notOpened': feeds.answered(message); break
    case 'sendRtp': sendRtp(feeds.camera(message.camera), message); break
    case 'sendReport': feeds.camera(message.camera)?.report(message.report); break
    case 'skip': feeds.camera(message.camera)?.skip(); break
    case 'ended': feeds.ended(message.camera, message.reason); break
    case 'stop': stop(); break
  }
})
tell({ type: 'ready', kind: transmitter.kind })
