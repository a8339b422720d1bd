import { Store } from '../../design/store.ts'

/** Who may be heard: a camera someone clicked, else the one under pointer or focus. At most one sounds. */
export interface Sound {
  readonly pinned: string | null
  readonly pointed: string | null
  /** The browser refused sound that nobody clicked for; it may be asked again after the next click or key. */
  readonly refused: boolean
}

export const sound = new Store<Sound>({ pinned: null, pointed: null, refused: false })

const update = (change: Partial<Sound>): void => sound.set({ ...sound.get(), ...change })

/** The camera that is to be heard; `onHover` is whether pointing is enough. */
export function soundingOf({ pinned, pointed }: Sound, onHover: boolean): string | null {
  return pinned ?? (onHover ? pointed : null)
}

/** A click: this camera is heard until the next click on it; a second one silences it at once. */
export function pin(camera: string): void {
  update(sound.get().pinned === camera ? { pinned: null, pointed: null } : { pinned: camera, refused: false })
}

/** Pointer or focus came to a camera. */
export function point(camera: string): void {
  if (sound.get().pointed !== camera) update({ pointed: camera, refused: false })
}

/** Pointer or focus left it, or the tile is gone. */
export function unpoint(camera: string): void {
  if (sound.get().pointed === camera) update({ pointed: null })
}

/** The tile left the screen for good: nobody hears it any more. */
export function forget(camera: string): void {
  unpoint(camera)
  if (sound.get().pinned === camera) update({ pinned: null })
}

/** The browser paused a picture because of its sound. */
export function refuse(): void {
  update({ refused: true })
}
