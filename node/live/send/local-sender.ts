import { performance } from 'node:perf_hooks'
import { loadMeter } from './load-meter.ts'
import type { PacketSender } from './packet-sender.ts'
import type { SenderKind } from './transmitter.ts'
import { ViewerHost, type ViewerHostInit } from './viewer-host.ts'

/** Viewers on the main thread: the first few of a node need no thread, and no message between, of their own. */
export function localSender(init: ViewerHostInit, kind: () => SenderKind | undefined): PacketSender {
  const host = new ViewerHost(init)
  return {
    kind,
    addViewer: (viewer) => host.addViewer(viewer),
    offerViewer: (place) => host.offerViewer(place),
    acceptAnswer: (id, answer) => host.acceptAnswer(id, answer),
    patchIce: (id, fragment, ifMatch) => host.patchIce(id, fragment, ifMatch),
    closeViewer: (id, reason) => host.closeViewer(id, reason),
    viewers: () => host.viewers,
    load: loadMeter(() => performance.eventLoopUtilization()),
    async stop() { host.stop() }
  }
}
