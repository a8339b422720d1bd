import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { relationRoutes } from '../../http/routes/relations.ts'
import type { AnalysisParts } from '../analysis/parts.ts'
import { digestOfWords, type Tags } from '../analysis/tags.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import { createRelations, type RelationsComponents } from './relations.ts'
import type { Seen } from './summary.ts'

/** A tag names a clip when scenes of at least this share of its length have it, 0 to 1. @default 0.3 */
export const TAGGED_SHARE = 0.3

export interface RelationPartsComponents extends Pick<RelationsComponents, 'moments' | 'sameMomentsOf'> {
  readonly ring: Ring
  readonly analysis: Pick<AnalysisParts, 'readMade' | 'settings' | 'tags'>
  readonly inference: Pick<Inference, 'whyNot'>
  readonly models: Pick<Models, 'spaces' | 'changed'>
  readonly log: Logger
}

/** All of this folder, put together. */
export interface RelationParts extends Startable {
  readonly routes: readonly FastifyPluginAsync[]
}

export function createRelationParts({ analysis: { readMade, settings, tags }, inference, models, ...components }: RelationPartsComponents, { data }: { readonly data: string }): RelationParts {
  const space = () => models.spaces().searched
  const relations = createRelations({
    ...components, readings: readMade, space, spaceChanged: models.changed, labels: async (seen) => tagsOf(seen, tags, space()),
    labelWords: () => digestOfWords(settings.vocabulary()), labelWordsChanged: settings.changed,
    whyNoSpace: () => space() === undefined ? `What pictures show is not compared: ${inference.whyNot('embed-pictures') ?? 'no model for pictures is used'}.` : undefined
  }, { path: join(data, 'understanding', 'relations') })
  return { routes: [relationRoutes({ ring: components.ring, relations })], ...lifecycle([relations]) }
}

/** Tags that much of a clip has. */
async function tagsOf({ analysis: { scenes, durationMs }, vectors }: Seen, tags: Tags, space: string | undefined): Promise<string[]> {
  const reading = vectors.find((one) => one.space === space)
  const ofScenes = reading === undefined ? undefined : await tags.of(reading)
  const shares = new Map<string, number>()
  for (const [at, list] of (ofScenes ?? []).entries()) for (const { name } of list) shares.set(name, (shares.get(name) ?? 0) + (durationMs === 0 ? 1 : (scenes[at]!.toMs - scenes[at]!.fromMs) / durationMs))
  return [...shares].filter(([, share]) => share >= TAGGED_SHARE).map(([name]) => name)
}
