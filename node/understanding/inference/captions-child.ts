/** The process of models that describe a picture in a sentence. */
import { pipeline } from '@huggingface/transformers'
import { hubModel, imageOf } from './hub-models.ts'
import { serveModel } from './serve-model.ts'

/** Longest description, in tokens. @default 40 */
const MAX_CAPTION_TOKENS = 40

serveModel(async (model) => {
  const { name, options } = hubModel(model)
  const describe = await pipeline('image-to-text', name, options)
  return {
    async 'describe-pictures'(pictures) {
      const said = await describe(pictures.map(imageOf), { max_new_tokens: MAX_CAPTION_TOKENS } as object) as unknown as ReadonlyArray<ReadonlyArray<{ generated_text: string }>>
      return said.map(([first]) => first?.generated_text ?? '')
    }
  }
})
