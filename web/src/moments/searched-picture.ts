import { Store } from '../design/store.ts'

/** Longest side of a picture that is sent, in pixels: models look at less. @default 640 */
const SIDE = 640
const QUALITY = 0.9

/** A picture from outside that is looked for. */
export interface SearchedPicture {
  readonly key: string
  readonly name: string
  /** A JPEG. */
  readonly blob: Blob
  /** Address of it within this page. */
  readonly url: string
}

/** The picture that is looked for; it lasts as long as the page, also while a clip is looked at. */
export const searchedPicture = new Store<SearchedPicture | undefined>(undefined)

let count = 0

/** The first picture among what was dropped or pasted. */
export const pictureIn = (transfer: DataTransfer | null): File | undefined => [...transfer?.files ?? []].find(({ type }) => type.startsWith('image/'))

/** Makes a picture, of whatever format the browser shows, what is looked for. @throws Error that says why not */
export async function searchFor(file: File): Promise<void> {
  const bitmap = await createImageBitmap(file).catch(() => { throw new Error(`This browser cannot read ${file.name || 'the picture'}: use a JPEG or PNG.`) })
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  const blob = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/jpeg', QUALITY) })
  if (blob === null) throw new Error('The browser could not make a JPEG of the picture.')
  forgetPicture()
  searchedPicture.set({ key: `picture-${++count}`, name: file.name || 'pasted picture', blob, url: URL.createObjectURL(blob) })
}

export function forgetPicture(): void {
  const picture = searchedPicture.get()
  if (picture !== undefined) URL.revokeObjectURL(picture.url)
  searchedPicture.set(undefined)
}
