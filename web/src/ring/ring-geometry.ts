/** How many partitions there are, always. */
export const PARTITIONS = 256

const TURN = 2 * Math.PI

const point = (radius: number, angle: number): string => `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`

/** The outline of one partition on one track, as an SVG path around 0,0; partition 0 begins at the top, clockwise. */
export function arcPath(partition: number, inner: number, outer: number): string {
  const hair = 0.0016
  const from = partition / PARTITIONS * TURN + hair
  const to = (partition + 1) / PARTITIONS * TURN - hair
  return `M${point(outer, from)}A${outer} ${outer} 0 0 1 ${point(outer, to)}L${point(inner, to)}A${inner} ${inner} 0 0 0 ${point(inner, from)}Z`
}

/** The tracks from the outside in: the first owner's is the widest. */
export function tracksOf(replicas: number): { readonly inner: number; readonly outer: number }[] {
  const widths = Array.from({ length: replicas }, (_, at) => at === 0 ? 17 : 9)
  let outer = 98
  return widths.map((width) => {
    const track = { inner: outer - width, outer }
    outer -= width + 2.5
    return track
  })
}

/** The partition under a point relative to the centre, or undefined when the point is in the hole or outside. */
export function partitionAt(x: number, y: number, inner: number): number | undefined {
  const radius = Math.hypot(x, y)
  if (radius < inner || radius > 101) return undefined
  const angle = (Math.atan2(x, -y) + TURN) % TURN
  return Math.floor(angle / TURN * PARTITIONS) % PARTITIONS
}

/** A partition's name: its id byte in hex. */
export function partitionName(partition: number): string {
  return partition.toString(16).padStart(2, '0')
}

/** The class that colours a member; the same member keeps its colour while the list's order stands. */
export function colourOf(member: number): string {
  return `m${member % 8}`
}
