import { Dialog } from '../design/dialog.tsx'

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'search the library'],
  ['?', 'this help'],
  ['← ↑ ↓ →', 'move among cameras, clips and partitions'],
  ['Enter', 'open a clip · sound of a camera on or off'],
  ['Space', 'look at a clip of the library without leaving it'],
  ['X', 'select a clip; with Shift all from the last one on, as Shift with an arrow'],
  ['F', 'camera on the full screen; the whole wall when no camera has the focus'],
  ['I', 'statistics of the camera, or of all'],
  ['L', 'low delay: pictures are shown as they come'],
  ['O', 'overlays of the camera'],
  ['Shift ← →', 'move the camera to another place on the wall'],
  ['[ ]', 'cameras before and after, when they do not fit'],
  ['0 – 5', 'rate the open clip'],
  ['Space', 'play or pause a recording'],
  ['← →', 'five seconds back or ahead in a recording; one with Shift'],
  ['J K L', 'backwards, stop, forwards; again for twice the speed'],
  [', .', 'one picture back or ahead'],
  ['Home', 'back to live'],
  ['+ -', 'more or less of the timeline; Page up and down move it'],
  ['M', 'sound on or off'],
  ['I, O', 'beginning and end of a range to keep or export'],
  ['Esc', 'close what is open']
]

/** The keys, shown by `?`. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, what]) => <div key={key + what}><dt><span className="kbd">{key}</span></dt><dd>{what}</dd></div>)}
      </dl>
      <p className="small dim">Drop files or folders anywhere on the library page to add them.</p>
    </Dialog>
  )
}
