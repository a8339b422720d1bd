/** What is known of an asset's file beyond the basics, what was made of it, and assets that look alike. */
import { type Static, Type } from 'typebox'

const Text = (description: string) => Type.Optional(Type.String({ description }))
const Number = (description: string) => Type.Optional(Type.Number({ description }))

/** Of `AssetView.probe`; absent when the file does not say. */
export const DeepProbe = {
  pixelFormat: Text('FFmpeg\'s name'),
  bitDepth: Number('bits of each colour'),
  colourPrimaries: Text('FFmpeg\'s name: bt709, bt2020, smpte432…'),
  colourTransfer: Text('FFmpeg\'s name'),
  colourMatrix: Text('FFmpeg\'s name'),
  colourRange: Text('limited or full'),
  hdr: Text('HDR10, PQ, HLG or Dolby Vision'),
  fieldOrder: Text('progressive, or which field comes first'),
  timecode: Text('of the first picture'),
  keyframeEvery: Number('pictures from one keyframe to the next, on average'),
  createdAtSource: Text('where `createdAtMs` was read'),
  createdAtZone: Text('+02:00, Europe/Zurich, UTC, or `unknown`: then UTC was taken'),
  cameraMake: Text('as the camera says'),
  cameraModel: Text('as the camera says'),
  lens: Text('as the camera says'),
  iso: Number('sensitivity'),
  shutter: Text('exposure time as people write it: 1/250'),
  aperture: Number('f-number'),
  focalLength: Number('mm'),
  place: Text('city, region and country of its position, looked up offline'),
  country: Text('ISO 3166, two letters'),
  contentId: Text('what both halves of a live photo have in common')
}

/** Everything that was read from a file. */
export const MetadataView = Type.Object({
  groups: Type.Array(Type.Object({
    name: Type.String({ description: '`File`, `Stream 0 (video)`, `ExifIFD`, `QuickTime`…' }),
    tags: Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))
  })),
  sidecars: Type.Array(Type.Object({ name: Type.String(), size: Type.Number() }), { description: 'small files kept beside the original: `/assets/:id/sidecars/:name`' })
})
export type MetadataView = Static<typeof MetadataView>

/** One thing that is made of an original in the background. */
export const DerivedFile = Type.Object({
  name: Type.String({ description: '`metadata`, `preview`, `sprite`, `waveform`, `look`, `proxy`' }),
  state: Type.Union([Type.Literal('made'), Type.Literal('waiting'), Type.Literal('failed'), Type.Literal('elsewhere')], { description: '`elsewhere`: another node makes it' }),
  node: Type.String({ description: 'name of the node whose turn it is; empty when it is made' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'why it could not be made here' })
})
export type DerivedFile = Static<typeof DerivedFile>
export const DerivedList = Type.Object({ derived: Type.Array(DerivedFile, { description: 'what this asset should have; nothing more is made of it' }) })
export type DerivedList = Static<typeof DerivedList>

/** The loudest samples of equal stretches of the sound, 0 to 255. */
export const WaveformView = Type.Object({ seconds: Type.Number(), peaks: Type.Array(Type.Number()) })
export type WaveformView = Static<typeof WaveformView>

/** What people may do with assets that look alike. */
export const DuplicateDecision = Type.Object({
  keep: Type.String({ description: 'id of the asset that stays' }),
  others: Type.Array(Type.String(), { minItems: 1, maxItems: 100, description: 'ids of the rest' }),
  action: Type.Union([Type.Literal('trash'), Type.Literal('stack'), Type.Literal('apart')], { description: '`trash`: the others go to the trash; `stack`: they are shown as one; `apart`: they are no duplicates, and are not offered again' }),
  merge: Type.Optional(Type.Boolean({ description: 'with `trash` and `stack`: the kept one gets tags, albums, notes, the best rating and empty marks of the others. Default true' }))
}, { additionalProperties: false })
export type DuplicateDecision = Static<typeof DuplicateDecision>
export const DuplicateDone = Type.Object({ kept: Type.String(), changed: Type.Number({ description: 'assets of `others` that were changed' }), undo: Type.Union([Type.String(), Type.Null()], { description: 'what takes it back: `POST /undo`' }) })
export type DuplicateDone = Static<typeof DuplicateDone>
