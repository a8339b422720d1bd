/// <reference lib="dom" />
/** Publishes a browser's camera from any page of it, with nothing but WHIP. */
import type { Page } from 'playwright-core'

export interface Publishing { status: number; location: string; answer: string }

/** Camera and microphone, in the browser's own order of codecs. */
export function publish(page: Page, endpoint: string): Promise<Publishing> {
  return page.evaluate(async (url) => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true })
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    Object.assign(globalThis, { pc })
    for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
    await pc.setLocalDescription(await pc.createOffer())
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription?.sdp ?? '' })
    const answer = await response.text()
    if (response.status === 201) await pc.setRemoteDescription({ type: 'answer', sdp: answer })
    return { status: response.status, location: response.headers.get('location') ?? '', answer }
  }, endpoint)
}
