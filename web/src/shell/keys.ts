/** Keys that do something on a page, and what. Within a place every key has one meaning. */
export interface KeysOfPlace {
  readonly place: string
  readonly keys: readonly (readonly [string, string])[]
}

/** Of whatever plays. */
const TRANSPORT: KeysOfPlace['keys'] = [
  ['Space', 'play or pause'],
  ['← →', 'five seconds back or ahead; one with Shift'],
  ['J K L', 'backwards, stop, forwards; again for twice the speed'],
  [', .', 'one picture back or ahead']
]

export const KEYS: readonly KeysOfPlace[] = [
  { place: 'Everywhere', keys: [
    ['/', 'search the library, or on the page that finds moments for one'],
    ['?', 'this help'],
    ['Ctrl Z', 'undo what you did in the library; with Shift do it again'],
    ['Esc', 'close what is open, go back']
  ] },
  { place: 'Library', keys: [
    ['← ↑ ↓ →', 'move among the clips; with Shift select them'],
    ['Home End', 'the first clip, the last one'],
    ['Enter', 'open a clip'],
    ['Space', 'look at a clip without leaving the library'],
    ['X', 'select a clip; with Shift all from the last one on'],
    ['0 – 5', 'rate what is selected, or the clip with the focus'],
    ['6 – 9', 'label it red, orange, yellow, green'],
    ['P R U', 'pick it, reject it, no flag']
  ] },
  { place: 'Find', keys: [
    ['← ↑ ↓ →', 'from the box to the moments, and among them; the one with the focus plays'],
    ['Enter', 'open the clip at the moment']
  ] },
  { place: 'A clip', keys: [
    ...TRANSPORT,
    ['0 – 5', 'rate it'],
    ['6 – 9', 'label it red, orange, yellow, green'],
    ['P R U', 'pick it, reject it, no flag']
  ] },
  { place: 'An album', keys: [
    ['← ↑ ↓ →', 'move among the clips'],
    ['Enter', 'open a clip'],
    ['X', 'select a clip; with Shift all from the last one on'],
    ['0 – 5', 'rate what is selected, or the clip with the focus'],
    ['6 – 9', 'label it red, orange, yellow, green'],
    ['P R U', 'pick it, reject it, no flag']
  ] },
  { place: 'Live', keys: [
    ['← ↑ ↓ →', 'move among the cameras; with Shift the camera moves'],
    ['Enter', 'sound of a camera on or off'],
    ['F', 'camera on the full screen; the whole wall when no camera has the focus'],
    ['I', 'statistics of the camera, or of all'],
    ['L', 'low delay: pictures are shown as they come'],
    ['O', 'overlays of the camera'],
    ['[ ]', 'cameras before and after, when they do not fit']
  ] },
  { place: 'A recording', keys: [
    ...TRANSPORT,
    ['Home', 'back to live'],
    ['+ -', 'more or less of the timeline; Page up and down move it'],
    ['M', 'sound on or off'],
    ['I O', 'beginning and end of a range to keep or export']
  ] },
  { place: 'A take', keys: [
    ...TRANSPORT,
    ['Home', 'to its beginning'],
    ['1 – 9', 'listen to this recording'],
    ['[ ]', 'the chosen recording a picture earlier or later; { } by a millisecond'],
    ['M', 'sound on or off']
  ] },
  { place: 'Ring', keys: [['← ↑ ↓ →', 'move among the partitions; Page up and down by sixteen'], ['Home End', 'the first partition, the last one']] }
]
