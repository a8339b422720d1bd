/** iPhones put only videos on the full screen, by a call of their own. */
type PhoneVideo = HTMLVideoElement & { readonly webkitEnterFullscreen?: () => void }

/** Puts an element on the full screen, or takes it off; where the browser does so with videos only, its first video. */
export function toggleFullScreen(element: HTMLElement | null): void {
  if (element === null) return
  if (document.fullscreenElement === element) document.exitFullscreen().catch(() => undefined)
  else if (document.fullscreenEnabled === true) element.requestFullscreen().catch(() => undefined)
  else element.querySelector<PhoneVideo>('video')?.webkitEnterFullscreen?.()
}
