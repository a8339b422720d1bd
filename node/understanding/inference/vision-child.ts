/** The process of CLIP and SigLIP models: pictures and sentences become vectors of one space. Each tower is opened when it is first needed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AutoProcessor, AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, SiglipTextModel, SiglipVisionModel } from '@huggingface/transformers'
import type { ModelToOpen } from './asks.ts'
import { hubModel, imageOf, unitRows } from './hub-models.ts'
import { serveModel } from './serve-model.ts'

/** Tokens of a sentence, as SigLIP was trained: shorter ones are filled up. */
const SIGLIP_TOKENS = 64

const KINDS = {
  clip: { text: CLIPTextModelWithProjection, vision: CLIPVisionModelWithProjection, vectors: { text: 'text_embeds', vision: 'image_embeds' }, tokens: { padding: true, truncation: true } },
  siglip: { text: SiglipTextModel, vision: SiglipVisionModel, vectors: { text: 'pooler_output', vision: 'pooler_output' }, tokens: { padding: 'max_length', max_length: SIGLIP_TOKENS, truncation: true } }
} as const

serveModel(async (model) => {
  const kind = KINDS[await kindOf(model)]
  const { name, options } = hubModel(model)
  const vision = once(async () => ({ prepare: await AutoProcessor.from_pretrained(name, options), run: await kind.vision.from_pretrained(name, options) }))
  const text = once(async () => ({ prepare: await AutoTokenizer.from_pretrained(name, options), run: await kind.text.from_pretrained(name, options) }))
  await text() // what is wrong with its files is told now
  return {
    async 'embed-pictures'(pictures) {
      const { prepare, run } = await vision()
      return unitRows((await run(await prepare(pictures.map(imageOf))))[kind.vectors.vision])
    },
    async 'embed-queries'(sentences) {
      const { prepare, run } = await text()
      return unitRows((await run(prepare([...sentences], kind.tokens as { padding: true; truncation: true })))[kind.vectors.text])
    }
  }
})

async function kindOf({ id, folder }: ModelToOpen): Promise<keyof typeof KINDS> {
  const { model_type: kind } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { model_type?: string }
  if (kind === 'clip' || kind === 'siglip') return kind
  throw new Error(`${id} says it is a model of type ${JSON.stringify(kind)}: only clip and siglip are understood here`)
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => made ??= make()
}
