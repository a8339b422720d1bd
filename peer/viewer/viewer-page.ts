/** The page: one tile per camera, reconnecting by itself, and why there is no picture. The token, when there is one, comes after # and is never sent as an address. */
export const viewerPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>ThatDAM camera peer</title>
<style>
:root{color-scheme:dark}body{margin:0;padding:24px;background:#0f1115;color:#e8eaf0;font:15px/1.5 system-ui,sans-serif}h1{font-size:18px;font-weight:600;margin:0 0 16px}
main{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}figure{margin:0;background:#181b22;border-radius:10px;overflow:hidden}
video{display:block;width:100%;aspect-ratio:16/9;background:#000}figcaption{padding:10px 14px;display:flex;gap:10px;justify-content:space-between;flex-wrap:wrap}small{color:#9aa3b2}#problem{margin:0;color:#ff9d8a}#problem:not(:empty){margin:0 0 16px}
</style><h1>ThatDAM camera peer</h1><p id="problem" role="status"></p><main></main><script>
const token = location.hash.slice(1), auth = token ? { authorization: 'Bearer ' + token } : {}, tiles = new Map()
const sleep = (ms) => new Promise((done) => setTimeout(done, ms)), problem = document.querySelector('#problem')
const refusal = (answer) => answer.json().then(({ error }) => error.message).catch(() => 'error ' + answer.status)
addEventListener('hashchange', () => location.reload())
async function connect(id, video, refused) {
  const pc = new RTCPeerConnection()
  pc.addTransceiver('video', { direction: 'recvonly' }); pc.addTransceiver('audio', { direction: 'recvonly' })
  const stream = new MediaStream(); video.srcObject = stream
  pc.ontrack = ({ track }) => stream.addTrack(track)
  const over = new Promise((done) => { pc.onconnectionstatechange = () => /failed|closed|disconnected/.test(pc.connectionState) && done() })
  try {
    await pc.setLocalDescription(await pc.createOffer())
    await Promise.race([sleep(1000), new Promise((done) => { pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done() })])
    const answer = await fetch('/whep/' + id, { method: 'POST', body: pc.localDescription.sdp, headers: { ...auth, 'content-type': 'application/sdp' } })
    refused(answer.ok ? '' : await refusal(answer))
    if (!answer.ok) return
    await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
    await over
  } finally { pc.close() }
}
function tile({ id, name, source }) {
  const figure = document.createElement('figure'), video = document.createElement('video'), caption = document.createElement('figcaption')
  const title = document.createElement('b'), state = document.createElement('small'), words = { camera: '', isLive: false, refused: '' }
  const tell = (change) => { Object.assign(words, change); state.textContent = words.isLive && words.refused || words.camera }
  Object.assign(video, { autoplay: true, muted: true, playsInline: true, controls: true }); video.setAttribute('aria-label', name); video.id = 'camera-' + id
  title.textContent = name; title.title = source; caption.append(title, state); figure.append(video, caption); document.querySelector('main').append(figure)
  ;(async () => { for (;;) { await connect(id, video, (refused) => tell({ refused })).catch(() => {}); await sleep(1000) } })()
  return tell
}
;(async () => { for (;;) {
  try {
    const answer = await fetch('/cameras', { headers: auth })
    problem.textContent = answer.ok ? '' : await refusal(answer)
    for (const camera of answer.ok ? await answer.json() : []) {
      if (!tiles.has(camera.id)) tiles.set(camera.id, tile(camera))
      const isLive = camera.state === 'live'
      tiles.get(camera.id)({ isLive, camera: isLive ? 'live' + (camera.node ? ' in the ring' : '') + (camera.note ? ': ' + camera.note : '') : camera.reason })
    }
  } catch {
    problem.textContent = 'This peer does not answer: it may have been stopped.'
    for (const tell of tiles.values()) tell({ isLive: false, camera: 'not known now' })
  }
  await sleep(1000)
} })()
</script></html>`
