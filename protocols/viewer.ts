import { protoFile } from './codec.ts'
import type { CameraId } from './ids.ts'

export const VIEWER_PROTOCOL = '/thatdam/viewer/1.0.0'

/** Exactly one field beside the camera is set, as in the `oneof`. */
export interface ViewerRequest {
  cameraId: CameraId
  offer?: { sdp: string; lowDelay: boolean } | null
  answer?: { session: string; sdp: string } | null
  patch?: { session: string; fragment: string; ifMatch: string } | null
  end?: { session: string } | null
}

/** Exactly one field is set: one that answers the request's. */
export interface ViewerResponse {
  answered?: { session: string; sdp: string; tag: string } | null
  offered?: { session: string; sdp: string; validUntilMs: number } | null
  patched?: { tag: string; fragment: string } | null
  done?: Record<string, never> | null
}

const proto = protoFile('./viewer.proto')
export const viewerRequestCodec = proto<ViewerRequest>('ViewerRequest')
export const viewerResponseCodec = proto<ViewerResponse>('ViewerResponse')
