import type { CameraMotion } from './camera-motion.ts'

/** All cameras, whole. */
export const jsonOf = (cameras: readonly CameraMotion[]): string => JSON.stringify({ format: 'thatdam-motion', version: 1, cameras: cameras.map(({ motion, ...camera }) => ({ ...camera, ...motion })) })
