import { type DragEvent, useState } from 'react'

/** The kind of what is dragged, so that files and text dropped here mean nothing. */
const KIND = 'application/x-thatdam-camera'

/** Lets things with an id be dragged onto each other; `move(id, to)` puts the first where the second is. */
export function useReorder(move: (id: string, to: string) => void) {
  const [over, setOver] = useState<string | null>(null)
  const isOurs = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes(KIND)
  return {
    over,
    /** For what is taken hold of; the whole `[data-drag]` element around it is shown under the pointer. */
    handle: (id: string) => ({
      draggable: true,
      onDragStart: ({ dataTransfer, currentTarget }: DragEvent<HTMLElement>) => {
        dataTransfer.effectAllowed = 'move'
        dataTransfer.setData(KIND, id)
        const whole = currentTarget.closest('[data-drag]')
        if (whole !== null) dataTransfer.setDragImage(whole, 20, 20)
      },
      onDragEnd: () => setOver(null)
    }),
    /** For what it can be dropped on. */
    target: (id: string) => ({
      onDragOver: (event: DragEvent) => {
        if (!isOurs(event)) return
        event.preventDefault()
        setOver(id)
      },
      onDragLeave: ({ currentTarget, relatedTarget }: DragEvent<HTMLElement>) => { if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver((now) => now === id ? null : now) },
      onDrop: (event: DragEvent) => {
        if (!isOurs(event)) return
        event.preventDefault()
        setOver(null)
        move(event.dataTransfer.getData(KIND), id)
      }
    })
  }
}

export type Reorder = ReturnType<typeof useReorder>
