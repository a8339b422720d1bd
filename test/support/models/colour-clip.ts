/** A CLIP and a SigLIP whose rankings are known: a picture's vector is its mean colour, a word's the colour it names, all other words mean nothing. */
import { writeModel } from './model-folder.ts'
import { Numbers, OnnxGraph } from './onnx-graph.ts'
import { pairEncoding, special, spelled, type Vocabulary } from './tokens.ts'

/** Red, green and blue, 0 to 1. */
export const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = Object.freeze({
  red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1], yellow: [1, 1, 0], cyan: [0, 1, 1], magenta: [1, 0, 1], white: [1, 1, 1], black: [0, 0, 0], orange: [1, 0.5, 0], grey: [0.5, 0.5, 0.5],
  rot: [1, 0, 0], grün: [0, 1, 0], blau: [0, 0, 1], gelb: [1, 1, 0]
})
/** Numbers of a vector. */
export const COLOUR_DIMENSIONS = 16

const PICTURE_SIZE = 32
const OTHER_WORDS = ['a', 'photo', 'this', 'of', 'is', 'the', 'car', 'dog']
const GREY_AXIS = 3
const WORDLESS_AXIS = 4
const START = '<|startoftext|>'
const END = '<|endoftext|>'

/** As `Xenova/clip-vit-base-patch32` is laid out, in fp32 (and, with the same numbers, q8). */
export async function buildColourClip(folder: string): Promise<void> {
  const { files, size } = tokenizer(77, 'CLIPTokenizer')
  const text = textTower(size.vocabulary, size.count, { output: 'text_embeds', hasMask: true })
  const vision = visionTower('image_embeds')
  await writeModel(folder, {
    ...files, ...twice('onnx/text_model', text), ...twice('onnx/vision_model', vision),
    'preprocessor_config.json': { image_processor_type: 'CLIPImageProcessor', do_center_crop: true, crop_size: { width: PICTURE_SIZE, height: PICTURE_SIZE }, size: { shortest_edge: PICTURE_SIZE }, ...PIXELS },
    'config.json': { model_type: 'clip', architectures: ['CLIPModel'], projection_dim: COLOUR_DIMENSIONS, text_config: { model_type: 'clip_text_model', vocab_size: size.count, max_position_embeddings: 77 }, vision_config: { model_type: 'clip_vision_model', image_size: PICTURE_SIZE, patch_size: 8 } }
  })
}

/** As SigLIP exports are: no mask, texts filled up to 64 tokens, `pooler_output`. */
export async function buildColourSiglip(folder: string): Promise<void> {
  const { files, size } = tokenizer(64, 'GemmaTokenizer')
  const text = textTower(size.vocabulary, size.count, { output: 'pooler_output', hasMask: false })
  const vision = visionTower('pooler_output')
  await writeModel(folder, {
    ...files, ...twice('onnx/text_model', text), ...twice('onnx/vision_model', vision),
    'preprocessor_config.json': { image_processor_type: 'SiglipImageProcessor', size: { width: PICTURE_SIZE, height: PICTURE_SIZE }, ...PIXELS },
    'config.json': { model_type: 'siglip', architectures: ['SiglipModel'], text_config: { model_type: 'siglip_text_model', vocab_size: size.count, max_position_embeddings: 64 }, vision_config: { model_type: 'siglip_vision_model', image_size: PICTURE_SIZE, patch_size: 8 } }
  })
}

const PIXELS = { do_resize: true, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], do_convert_rgb: true, resample: 3 }

const twice = (name: string, bytes: Buffer): Record<string, Buffer> => ({ [`${name}.onnx`]: bytes, [`${name}_quantized.onnx`]: bytes })

function textTower(vocabulary: Vocabulary, count: number, { output, hasMask }: { readonly output: string; readonly hasMask: boolean }): Buffer {
  const graph = new OnnxGraph('text')
  const ids = graph.input('input_ids', Numbers.int64, ['batch', 'tokens'])
  const words = graph.op('Gather', [graph.weights([count, COLOUR_DIMENSIONS], wordTable(vocabulary, count)), ids])
  const counted = hasMask ? graph.op('Mul', [words, graph.op('Unsqueeze', [graph.op('Cast', [graph.input('attention_mask', Numbers.int64, ['batch', 'tokens'])], { to: Numbers.float32 }), graph.ints(2)])]) : words
  graph.op('Add', [graph.op('ReduceSum', [counted, graph.ints(1)], { keepdims: 0 }), graph.weights([COLOUR_DIMENSIONS], axis(WORDLESS_AXIS, 1e-3))], {}, output)
  graph.output(output, Numbers.float32, ['batch', COLOUR_DIMENSIONS])
  return graph.file()
}

function visionTower(output: string): Buffer {
  const graph = new OnnxGraph('vision')
  const pixels = graph.input('pixel_values', Numbers.float32, ['batch', 3, PICTURE_SIZE, PICTURE_SIZE])
  const mean = graph.op('ReduceMean', [pixels], { axes: [2, 3], keepdims: 0 })
  const spread = Float32Array.from({ length: 3 * COLOUR_DIMENSIONS }, (_, at) => Number(at % COLOUR_DIMENSIONS === Math.floor(at / COLOUR_DIMENSIONS)))
  graph.op('Add', [graph.op('MatMul', [mean, graph.weights([3, COLOUR_DIMENSIONS], spread)]), graph.weights([COLOUR_DIMENSIONS], axis(GREY_AXIS, 0.05))], {}, output)
  graph.output(output, Numbers.float32, ['batch', COLOUR_DIMENSIONS])
  return graph.file()
}

const axis = (at: number, value: number): Float32Array => Float32Array.from({ length: COLOUR_DIMENSIONS }, (_, place) => (place === at ? value : 0))

function wordTable(vocabulary: Vocabulary, count: number): Float32Array {
  const table = new Float32Array(count * COLOUR_DIMENSIONS)
  for (const [name, colour] of Object.entries(COLOURS)) table.set([...colour.map((share) => share * 2 - 1), 0.05], (vocabulary[`${spelled(name)}</w>`] ?? 0) * COLOUR_DIMENSIONS)
  return table
}

function tokenizer(length: number, kind: string): { files: Record<string, unknown>; size: { vocabulary: Vocabulary; count: number } } {
  const { vocabulary, merges } = pairEncoding([...Object.keys(COLOURS).map(spelled), ...OTHER_WORDS], { suffix: '</w>' })
  const start = Object.keys(vocabulary).length
  const end = start + 1
  const whole = { ...vocabulary, [START]: start, [END]: end }
  const json = {
    version: '1.0', truncation: null, padding: null, added_tokens: [special(start, START), special(end, END)],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: "'s|'t|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" }, behavior: 'Removed', invert: true }, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true }] },
    post_processor: { type: 'RobertaProcessing', sep: [END, end], cls: [START, start], trim_offsets: false, add_prefix_space: false },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: { type: 'BPE', dropout: null, unk_token: END, continuing_subword_prefix: '', end_of_word_suffix: '</w>', fuse_unk: false, vocab: whole, merges: merges.map((pair) => pair.join(' ')) }
  }
  const config = { tokenizer_class: kind, model_max_length: length, bos_token: START, eos_token: END, pad_token: END, unk_token: END }
  return { files: { 'tokenizer.json': json, 'tokenizer_config.json': config }, size: { vocabulary: whole, count: end + 1 } }
}
