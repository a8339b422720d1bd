import { ModelMissingError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import type { Inference, ModelAtWork } from '../../inference/inference.ts'
import type { SpaceId, Vectors } from '../../space.ts'
import { encodeSentences } from './sentences-reading.ts'
import { digestOf, type Texts } from './texts.ts'

/** Texts given to the model at once: who asks for something meanwhile waits for no more. @default 32 */
export const TEXTS_AT_ONCE = 32

export interface SentencesMakerComponents {
  readonly inference: Pick<Inference, 'embedSentences' | 'model'>
  readonly texts: readonly Texts[]
}

/** Reads texts of assets by the model of sentences that is here. */
export interface SentencesMaker {
  /** Names in `made` of what it can make now; none without a model. */
  names(): string[]
  /** The reading of that name, as bytes. @throws ModelMissingError, ChunkNotFoundError, as `Inference.embedSentences` and `turn` */
  read(name: string, asset: Asset, options: ReadOptions): Promise<Uint8Array>
}

interface ReadOptions { readonly signal: AbortSignal; turn(): Promise<void> }
type Here = ModelAtWork & { readonly space: SpaceId }

export function createSentencesMaker({ inference, texts }: SentencesMakerComponents): SentencesMaker {
  const modelHere = (): Here | undefined => {
    const model = inference.model('embed-sentences')
    return model?.space === undefined ? undefined : { ...model, space: model.space }
  }

  async function vectorsOf(all: readonly string[], { space, dimensions = 1 }: Here, { signal, turn }: ReadOptions): Promise<Vectors> {
    const values = new Float32Array(all.length * dimensions)
    for (let at = 0; at < all.length; at += TEXTS_AT_ONCE) {
      await turn()
      const read = await inference.embedSentences(all.slice(at, at + TEXTS_AT_ONCE), { signal })
      if (read.space !== space) throw new Error('the model was changed while it read')
      values.set(read.values, at * dimensions)
    }
    return { space, dimensions, values }
  }

  return {
    names() {
      const model = modelHere()
      return model === undefined ? [] : texts.map((each) => each.nameIn(model.space))
    },
    async read(name, asset, options) {
      const model = modelHere()
      const its = texts.find(({ reads }) => reads(name))
      if (model === undefined || its?.nameIn(model.space) !== name) throw new ModelMissingError(`the model for ${name} is not here`)
      const [passages = []] = await its.of(asset)
      const all = passages.map(({ text }) => text)
      return encodeSentences({ written: digestOf(all), model: model.name, vectors: await vectorsOf(all, model, options) })
    }
  }
}
