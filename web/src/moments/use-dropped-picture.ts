import { useEffect, useState } from 'react'
import { toast } from '../design/toast.tsx'
import { isTyping } from '../shell/shortcuts.ts'
import { pictureIn, searchFor } from './searched-picture.ts'

/** Looks for a picture, or says why it can not. */
export function takePicture(file: File): void {
  searchFor(file).catch((error: Error) => toast(error.message, 'bad'))
}

/** Takes a picture that is dropped anywhere on the page, or pasted. Answers whether one is held over it. */
export function useDroppedPicture(): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const brings = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true
    const events = {
      dragover: (event: DragEvent): void => { if (brings(event)) { event.preventDefault(); setOver(true) } },
      dragleave: (event: DragEvent): void => { if (event.relatedTarget === null) setOver(false) },
      drop: (event: DragEvent): void => {
        setOver(false)
        if (!brings(event)) return
        event.preventDefault()
        const picture = pictureIn(event.dataTransfer)
        if (picture === undefined) toast('Only a picture can be looked for. Files are added on the library page.', 'bad')
        else takePicture(picture)
      },
      paste: (event: ClipboardEvent): void => {
        const picture = pictureIn(event.clipboardData)
        if (picture === undefined || (isTyping(event.target) && event.clipboardData?.types.includes('text/plain') === true)) return
        event.preventDefault()
        takePicture(picture)
      }
    }
    for (const [name, listener] of Object.entries(events)) window.addEventListener(name, listener as EventListener)
    return () => { for (const [name, listener] of Object.entries(events)) window.removeEventListener(name, listener as EventListener) }
  }, [])
  return isOver
}
