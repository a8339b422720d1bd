/** A Whisper whose output is known: whatever it hears, it writes its script, one word every half second, in its language. */
import { writeModel } from './model-folder.ts'
import { Numbers, OnnxGraph } from './onnx-graph.ts'
import { pairEncoding, special, type Vocabulary } from './tokens.ts'

/** @default hello world this is a test */
export const WHISPER_SCRIPT: readonly string[] = ['hello', 'world', 'this', 'is', 'a', 'test']
/** From the beginning of what it hears. @default 0.5 */
export const SECONDS_PER_WORD = 0.5

export interface WhisperScript {
  /** Different words, ASCII. @default WHISPER_SCRIPT */
  readonly words?: readonly string[]
  /** What it takes every language for. @default en */
  readonly language?: 'en' | 'de' | 'zh'
}

const [LAYERS, HEADS, HEAD_SIZE, FRAMES] = [2, 2, 8, 1_500]
const SIZE = HEADS * HEAD_SIZE
const FRAME_SECONDS = 0.02
const END = '<|endoftext|>'
const START = '<|startoftranscript|>'
const MARKS = [END, START, '<|en|>', '<|de|>', '<|zh|>', '<|translate|>', '<|transcribe|>', '<|startoflm|>', '<|startofprev|>', '<|nospeech|>', '<|notimestamps|>']
const CACHE = ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'] as const

/** As `onnx-community/whisper-base_timestamped` is laid out, in fp32 (and, with the same numbers, q8). */
export async function buildScriptedWhisper(folder: string, { words = WHISPER_SCRIPT, language = 'en' }: WhisperScript = {}): Promise<void> {
  const tokens = tokensOf(words)
  const [encoder, decoder] = [encoderGraph(), decoderGraph(tokens, language)]
  const { all, marks } = tokens
  await writeModel(folder, {
    'onnx/encoder_model.onnx': encoder, 'onnx/encoder_model_quantized.onnx': encoder, 'onnx/decoder_model_merged.onnx': decoder, 'onnx/decoder_model_merged_quantized.onnx': decoder,
    'config.json': {
      model_type: 'whisper', architectures: ['WhisperForConditionalGeneration'], is_encoder_decoder: true, vocab_size: all.count, num_mel_bins: 80, max_source_positions: FRAMES, max_target_positions: 448, d_model: SIZE,
      encoder_layers: 1, encoder_attention_heads: HEADS, decoder_layers: LAYERS, decoder_attention_heads: HEADS, decoder_start_token_id: marks(START), eos_token_id: marks(END), bos_token_id: marks(END), pad_token_id: marks(END), median_filter_width: 7
    },
    'generation_config.json': {
      decoder_start_token_id: marks(START), eos_token_id: marks(END), pad_token_id: marks(END), bos_token_id: marks(END), is_multilingual: true,
      lang_to_id: Object.fromEntries(['<|en|>', '<|de|>', '<|zh|>'].map((mark) => [mark, marks(mark)])), task_to_id: { transcribe: marks('<|transcribe|>'), translate: marks('<|translate|>') },
      no_timestamps_token_id: marks('<|notimestamps|>'), max_initial_timestamp_index: 50, max_length: 448, return_timestamps: false, alignment_heads: [[0, 0], [1, 1]], begin_suppress_tokens: [marks(END)]
    },
    'preprocessor_config.json': { feature_extractor_type: 'WhisperFeatureExtractor', processor_class: 'WhisperProcessor', feature_size: 80, sampling_rate: 16_000, hop_length: 160, n_fft: 400, chunk_length: 30, n_samples: 480_000, nb_max_frames: 3_000, padding_value: 0 },
    'tokenizer_config.json': { tokenizer_class: 'WhisperTokenizer', processor_class: 'WhisperProcessor', model_max_length: 1_024, bos_token: END, eos_token: END, unk_token: END, pad_token: END, add_prefix_space: false },
    'tokenizer.json': tokens.json
  })
}

interface Tokens {
  readonly all: { readonly count: number }
  readonly marks: (mark: string) => number
  /** Of the words of the script, in order. */
  readonly script: readonly number[]
  readonly timestamp: (seconds: number) => number
  readonly json: unknown
}

function tokensOf(words: readonly string[]): Tokens {
  const { vocabulary, merges } = pairEncoding(words, { prefix: SPACE })
  const times = Array.from({ length: FRAMES + 1 }, (_, frame) => `<|${(frame * FRAME_SECONDS).toFixed(2)}|>`)
  const ids: Vocabulary = {}
  for (const mark of [...MARKS, ...times]) ids[mark] = Object.keys(vocabulary).length + Object.keys(ids).length
  const marks = (mark: string): number => ids[mark] ?? 0
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  return {
    all: { count: Object.keys(vocabulary).length + Object.keys(ids).length }, marks,
    script: words.map((word) => vocabulary[SPACE + word] ?? 0),
    timestamp: (seconds) => marks(times[Math.round(seconds / FRAME_SECONDS)] ?? END),
    json: {
      version: '1.0', added_tokens: Object.entries(ids).map(([mark, id]) => special(id, mark, MARKS.includes(mark))), normalizer: null, pre_tokenizer: level, post_processor: null, decoder: { ...level, add_prefix_space: true },
      model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, vocab: vocabulary, merges: merges.map((pair) => pair.join(' ')) }
    }
  }
}

/** A space, as byte-level tokenizers spell it. */
const SPACE = 'Ġ'

function encoderGraph(): Buffer {
  const graph = new OnnxGraph('encoder', 3)
  const mel = graph.input('input_features', Numbers.float32, ['batch', 80, 2 * FRAMES])
  const heard = graph.op('Conv', [mel, graph.random([SIZE, 80, 3], 0.05)], { strides: [2], kernel_shape: [3], pads: [1, 1] })
  graph.op('Transpose', [heard], { perm: [0, 2, 1] }, 'last_hidden_state')
  graph.output('last_hidden_state', Numbers.float32, ['batch', FRAMES, SIZE])
  return graph.file()
}

/** Merged with its cache, as transformers.js runs it; of the caches only the shapes mean something. */
function decoderGraph(tokens: Tokens, language: string): Buffer {
  const graph = new OnnxGraph('decoder', 5)
  const ids = graph.input('input_ids', Numbers.int64, ['batch', 'tokens'])
  const encoded = graph.input('encoder_hidden_states', Numbers.float32, ['batch', 'frames', SIZE])
  const headsOf = (value: string): string => graph.op('Transpose', [graph.op('Reshape', [value, graph.ints(0, 0, HEADS, HEAD_SIZE)])], { perm: [0, 2, 1, 3] })
  const [own, far] = [headsOf(graph.op('Gather', [graph.random([tokens.all.count, SIZE], 0.3), ids])), headsOf(encoded)]
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const part of CACHE) cache(graph, `${layer}.${part}`, part.startsWith('decoder') ? own : far, part.startsWith('decoder'))
    attention(graph, ids, tokens, `cross_attentions.${layer}`)
  }
  graph.input('use_cache_branch', Numbers.bool, [1])
  const next = graph.op('Gather', [graph.weights([tokens.all.count], nextTokens(tokens, language)), ids])
  graph.op('OneHot', [next, graph.ints(tokens.all.count), graph.weights([2], Float32Array.of(-10, 10))], { axis: -1 }, 'logits')
  graph.output('logits', Numbers.float32, ['batch', 'tokens', tokens.all.count])
  return graph.file()
}

function cache(graph: OnnxGraph, name: string, value: string, isOwn: boolean): void {
  const past = graph.input(`past_key_values.${name}`, Numbers.float32, ['batch', HEADS, isOwn ? 'past' : 'past_frames', HEAD_SIZE])
  if (isOwn) graph.op('Concat', [past, value], { axis: 2 }, `present.${name}`)
  else graph.op('Identity', [value], {}, `present.${name}`)
  graph.output(`present.${name}`, Numbers.float32, ['batch', HEADS, isOwn ? 'now' : 'frames', HEAD_SIZE])
}

/** Each word attends to the half second in which it is said. */
function attention(graph: OnnxGraph, ids: string, { all, script, timestamp }: Tokens, output: string): void {
  const centres = new Float32Array(all.count)
  for (const [place, token] of script.entries()) centres[token] = ((place + 0.5) * SECONDS_PER_WORD) / FRAME_SECONDS
  centres[timestamp(script.length * SECONDS_PER_WORD)] = (script.length * SECONDS_PER_WORD) / FRAME_SECONDS
  const centre = graph.op('Unsqueeze', [graph.op('Gather', [graph.weights([all.count], centres), ids]), graph.ints(1, 3)])
  const frames = graph.weights([1, 1, 1, FRAMES], Float32Array.from({ length: FRAMES }, (_, frame) => frame))
  const distance = graph.op('Div', [graph.op('Sub', [frames, centre]), graph.scalar(8)])
  const head = graph.op('Softmax', [graph.op('Neg', [graph.op('Mul', [distance, distance])])], { axis: -1 })
  graph.op('Concat', [head, head], { axis: 1 }, output)
  graph.output(output, Numbers.float32, ['batch', HEADS, 'tokens', FRAMES])
}

/** What follows each token: start, language, task, [0.00], the words, their end, the end. */
function nextTokens({ all, marks, script, timestamp }: Tokens, language: string): BigInt64Array {
  const next = new BigInt64Array(all.count).fill(BigInt(marks(END)))
  const lead = [marks(START), marks(`<|${language}|>`), marks('<|transcribe|>'), timestamp(0), ...script, timestamp(script.length * SECONDS_PER_WORD), marks(END)]
  for (const [place, token] of lead.slice(0, -1).entries()) next[token] = BigInt(lead[place + 1] ?? 0)
  for (const mark of ['<|en|>', '<|de|>', '<|zh|>']) next[marks(mark)] = BigInt(marks('<|transcribe|>'))
  next[marks('<|notimestamps|>')] = BigInt(script[0] ?? 0)
  return next
}
