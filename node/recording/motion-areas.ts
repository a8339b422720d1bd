import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { DEFAULT_SENSITIVITY, MAX_CORNERS, MAX_POLYGONS, type MotionAreas, type Polygon, type Zone } from '../understanding/motion/motion.ts'
import { type BlockAreas, blockAreasOf } from './motion-blocks.ts'

/** Kind of the records: one per camera, its id. */
export const MOTION_AREAS = 'motion-areas'
/** Longest name of a zone, in characters. @default 60 */
export const MAX_ZONE_NAME = 60
/** Corners of all masks of a camera, and of all its zones: more do not fit into a record. @default 800 */
export const MAX_KEPT_CORNERS = 800

/** Where motion counts before each camera, and how much of it, as people said on any node. */
export interface CameraMotionAreas {
  /** undefined: nobody said anything. */
  read(camera: CameraId): MotionAreas | undefined
  /** The same for the looks at its pictures; the same object until it changes. */
  blocks(camera: CameraId): BlockAreas | undefined
  /** @throws InvalidInputError when it does not fit */
  change(camera: CameraId, change: Partial<MotionAreas>): Promise<MotionAreas>
  /** Nobody said anything. */
  forget(camera: CameraId): Promise<void>
}

export function createCameraMotionAreas({ records }: { records: Pick<Ring['catalog']['records'], 'find' | 'put' | 'remove'> }): CameraMotionAreas {
  const painted = new Map<CameraId, { readonly text: string; readonly blocks: BlockAreas }>()

  function read(camera: CameraId): MotionAreas | undefined {
    const fields = records.find(MOTION_AREAS, camera)?.fields
    return fields === undefined ? undefined : areasIn(fields)
  }

  return {
    read,
    blocks(camera) {
      const areas = read(camera)
      if (areas === undefined) return undefined
      const text = JSON.stringify(areas)
      const known = painted.get(camera)
      if (known?.text === text) return known.blocks
      const blocks = blockAreasOf(areas)
      painted.set(camera, { text, blocks })
      return blocks
    },
    async change(camera, change) {
      const names = change.zones?.map(({ name }) => name) ?? []
      if (new Set(names).size < names.length) throw new InvalidInputError('two zones have the same name: they are told of by it, so give each its own')
      await records.put(MOTION_AREAS, camera, { sensitivity: DEFAULT_SENSITIVITY, ...read(camera), ...kept(change) })
      return read(camera)!
    },
    async forget(camera) {
      await records.remove(MOTION_AREAS, camera)
      painted.delete(camera)
    }
  }
}

/** To a hundredth of a percent of the picture. @throws InvalidInputError for more corners than fit */
function kept({ masks, zones, ...change }: Partial<MotionAreas>): Partial<MotionAreas> {
  const rounded = (polygon: Polygon): Polygon => polygon.map(([x, y]) => [Math.round(x * 1e4) / 1e4, Math.round(y * 1e4) / 1e4])
  const all: ReadonlyArray<readonly [what: string, polygons: readonly Polygon[]]> = [['masks', masks ?? []], ['zones', zones?.map(({ polygon }) => polygon) ?? []]]
  for (const [what, polygons] of all) {
    const corners = polygons.reduce((sum, polygon) => sum + polygon.length, 0)
    if (corners > MAX_KEPT_CORNERS) throw new InvalidInputError(`the ${what} of a camera have ${MAX_KEPT_CORNERS} corners at most, all together, and these have ${corners}: draw them with fewer`)
  }
  return { ...change, ...(masks && { masks: masks.map(rounded) }), ...(zones && { zones: zones.map(({ name, polygon }) => ({ name, polygon: rounded(polygon) })) }) }
}

/** Any member may have written any of it: what makes no sense is left out. */
function areasIn({ masks, zones, sensitivity }: Readonly<Record<string, unknown>>): MotionAreas {
  return {
    masks: listOf(masks, isPolygon),
    zones: listOf(zones, isZone),
    sensitivity: typeof sensitivity === 'number' && sensitivity >= 0 && sensitivity <= 100 ? sensitivity : DEFAULT_SENSITIVITY
  }
}

const listOf = <T>(value: unknown, isOne: (each: unknown) => each is T): T[] => Array.isArray(value) ? value.slice(0, MAX_POLYGONS).filter(isOne) : []
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1
const isPolygon = (value: unknown): value is Polygon => Array.isArray(value) && value.length >= 3 && value.length <= MAX_CORNERS && value.every((corner) => Array.isArray(corner) && corner.length === 2 && corner.every(isShare))

function isZone(value: unknown): value is Zone {
  if (typeof value !== 'object' || value === null) return false
  const { name, polygon } = value as Readonly<Record<string, unknown>>
  return typeof name === 'string' && name !== '' && name.length <= MAX_ZONE_NAME && isPolygon(polygon)
}
