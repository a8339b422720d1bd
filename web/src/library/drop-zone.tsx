import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'
import { useMay } from '../shell/use-may.ts'
import { filesOfDrop } from './dropped-files.ts'
import { uploadQueue } from './upload-queue.ts'

const bringsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

async function take(transfer: DataTransfer): Promise<void> {
  try {
    const files = await filesOfDrop(transfer)
    if (files.length === 0) toast('There was no file in what was dropped.', 'bad')
    else uploadQueue.add(files)
  } catch (error) {
    toast(`The browser could not read what was dropped: ${error instanceof Error ? error.message : String(error)}`, 'bad')
  }
}

/** Where a dropped picture is looked for, not added. */
const OF_PICTURES = '/moments'

/** Takes files and folders dropped anywhere on any page, of those who may add: a browser left alone would go from the page to the file. */
export function DropZone() {
  const [location] = useLocation()
  const { edit } = useMay()
  const isOpen = edit && location !== OF_PICTURES
  const [over, setOver] = useState(false)
  useEffect(() => {
    if (!isOpen) return
    const onOver = (event: DragEvent): void => {
      if (!bringsFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const onLeave = (event: DragEvent): void => { if (event.relatedTarget === null) setOver(false) }
    const onDrop = (event: DragEvent): void => {
      setOver(false)
      if (!bringsFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      void take(event.dataTransfer)
    }
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [isOpen])
  if (!over) return null
  return <div className="drop-veil" aria-hidden="true"><div><Icon name="upload" /><strong>Drop to add to the library</strong><span className="dim">Files or whole folders; their bytes stay as they are.</span></div></div>
}
