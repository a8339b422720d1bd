/** The process of sentence encoders: the mean of what they say of each word. */
import { pipeline } from '@huggingface/transformers'
import { hubModel, unitRows } from './hub-models.ts'
import { serveModel } from './serve-model.ts'

serveModel(async (model) => {
  const { name, options } = hubModel(model)
  const encode = await pipeline('feature-extraction', name, options)
  return {
    async 'embed-sentences'(sentences) {
      const { data, dims } = await encode([...sentences], { pooling: 'mean', normalize: false })
      return unitRows({ data: data as Float32Array, dims })
    }
  }
})
