/** The process of Whisper models: which language, which words, and when each was said. */
import { type AutomaticSpeechRecognitionPipeline, BaseStreamer, InterruptableStoppingCriteria, type PreTrainedModel, pipeline, Tensor } from '@huggingface/transformers'
import type { ModelToOpen, Speech } from './asks.ts'
import { hubModel } from './hub-models.ts'
import type { Heard, Samples } from './inference.ts'
import { likeliest } from './languages.ts'
import { serveModel, type RunTools } from './serve-model.ts'
import { segmentsOf } from './spoken-segments.ts'

/** What Whisper hears at once, in seconds; longer sound is heard in pieces that overlap. */
const WINDOW_SECONDS = 30
const OVERLAP_SECONDS = 5
const RATE = 16_000

/** What is used of a model beyond its pipeline. */
interface Whisper extends PreTrainedModel {
  readonly generation_config: PreTrainedModel['generation_config'] & { readonly is_multilingual?: boolean; readonly lang_to_id?: Readonly<Record<string, number>>; readonly decoder_start_token_id: number; readonly alignment_heads?: unknown }
}

serveModel(async (model) => {
  const { name, options } = hubModel(model)
  const recognise = await pipeline('automatic-speech-recognition', name, options)
  checkTimes(recognise.model as Whisper, model)
  return { transcribe: async (inputs, tools) => Promise.all(inputs.map((speech) => hear(recognise, speech, tools))) }
})

function checkTimes({ generation_config: { alignment_heads: heads } }: Whisper, { id }: ModelToOpen): void {
  if (!Array.isArray(heads)) throw new Error(`${id} can not tell when words are said: take an export whose name ends in _timestamped`)
}

async function hear(recognise: AutomaticSpeechRecognitionPipeline, { samples, language }: Speech, { signal, onProgress }: RunTools): Promise<Heard> {
  const spoken = language === undefined ? await detect(recognise, samples) : { language, confidence: 1 }
  const stop = new InterruptableStoppingCriteria()
  signal.addEventListener('abort', () => stop.interrupt(), { once: true })
  const { chunks = [] } = await recognise(samples, {
    return_timestamps: 'word', ...isMultilingual(recognise) && { language: spoken.language, task: 'transcribe' },
    ...samples.length > WINDOW_SECONDS * RATE && { chunk_length_s: WINDOW_SECONDS, stride_length_s: OVERLAP_SECONDS },
    stopping_criteria: stop, streamer: new Tick(onProgress)
  } as object) as { chunks?: ReadonlyArray<{ text: string; timestamp: readonly [number, number | null] }> }
  signal.throwIfAborted()
  return { language: spoken.language, languageConfidence: spoken.confidence, segments: segmentsOf(chunks, samples.length / RATE) }
}

const isMultilingual = ({ model }: AutomaticSpeechRecognitionPipeline): boolean => (model as Whisper).generation_config.is_multilingual === true

/** What the decoder would write after its start, of the languages alone. */
async function detect(recognise: AutomaticSpeechRecognitionPipeline, samples: Samples): Promise<{ language: string; confidence: number }> {
  const { model, processor } = recognise
  const { lang_to_id: languages = {}, decoder_start_token_id: start } = (model as Whisper).generation_config
  if (!isMultilingual(recognise) || Object.keys(languages).length === 0) return { language: 'en', confidence: 1 }
  const { input_features } = await processor!(samples.subarray(0, WINDOW_SECONDS * RATE)) as { input_features: Tensor }
  const { logits } = await model({ input_features, decoder_input_ids: new Tensor('int64', BigInt64Array.of(BigInt(start)), [1, 1]) }) as { logits: Tensor }
  return likeliest(languages, logits.data as Float32Array)
}

/** Every word that is written shows that it goes on. */
class Tick extends BaseStreamer {
  readonly #onProgress: (share: number) => void

  constructor(onProgress: (share: number) => void) {
    super()
    this.#onProgress = onProgress
  }

  override put(): void {
    this.#onProgress(0)
  }

  override end(): void {}
}
