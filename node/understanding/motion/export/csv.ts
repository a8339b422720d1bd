import { type CameraMotion, frameAt, onHero } from './camera-motion.ts'

const HEADER = 'camera,kind,track,frame,ms,hero_ms,x,y,width,height,seen,label'

/** One line per place of a thing (`object`, x and y its middle) or of a point (`feature`), of all cameras. */
export function csvOf(cameras: readonly CameraMotion[]): string {
  return `${[HEADER, ...cameras.flatMap((camera) => [...objectLines(camera), ...featureLines(camera)])].join('\n')}\n`
}

function objectLines(camera: CameraMotion): string[] {
  const { name, motion: { tracks, framesPerSecond } } = camera
  return tracks.flatMap(({ id, points, label = '' }) => points.map(({ atMs, box: [x, y, width, height], isSeen }) => (
    line([name, 'object', id, frameAt(atMs, framesPerSecond) + 1, atMs, three(onHero(camera, atMs)), five(x + width / 2), five(y + height / 2), five(width), five(height), isSeen ? 1 : 0, label])
  )))
}

function featureLines(camera: CameraMotion): string[] {
  const { name, motion: { features, framesPerSecond } } = camera
  return features.flatMap(({ id, first, places }) => places.map(([x, y], i) => {
    const atMs = Math.round(((first + i) * 1000) / framesPerSecond)
    return line([name, 'feature', id, first + i + 1, atMs, three(onHero(camera, atMs)), x, y, '', '', 1, ''])
  }))
}

const three = (value: number): number => Math.round(value * 1e3) / 1e3
const five = (value: number): number => Math.round(value * 1e5) / 1e5

/** RFC 4180; text that a spreadsheet would take for a formula is marked as text. */
function line(cells: ReadonlyArray<string | number>): string {
  return cells.map((cell) => typeof cell === 'number' ? String(cell) : quoted(/^[=+\-@\t]/.test(cell) ? `'${cell}` : cell)).join(',')
}

const quoted = (text: string): string => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
