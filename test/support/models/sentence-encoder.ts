/** A sentence encoder whose likeness is known: words of one meaning share a direction, whatever their language; a sentence is the sum of its words. */
import { writeModel } from './model-folder.ts'
import { Numbers, OnnxGraph } from './onnx-graph.ts'
import { special, type Vocabulary } from './tokens.ts'

/** Words that mean the same. */
export const MEANINGS: ReadonlyArray<readonly string[]> = [
  ['dog', 'puppy', 'hund'], ['cat', 'kitten', 'katze'], ['car', 'truck', 'auto'], ['sea', 'ocean', 'meer'], ['house', 'home', 'haus'], ['food', 'meal', 'essen'], ['music', 'song', 'lied'], ['money', 'cash', 'geld'],
  ['mountain', 'peak', 'berg'], ['night', 'dark', 'nacht'], ['happy', 'glad', 'froh'], ['work', 'job', 'arbeit'], ['red', 'rot'], ['blue', 'blau'], ['green'], ['hello', 'hallo'], ['world', 'welt'], ['test', 'trial', 'probe']
]
/** Numbers of a vector. */
export const SENTENCE_DIMENSIONS = 32

const FILLERS = ['a', 'the', 'is', 'and', 'of', 'in', 'this']
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789'].flatMap((letter) => [letter, `##${letter}`])
/** Of what means nothing known: letters. */
const NOISE = 0.08

/** As `Xenova/paraphrase-multilingual-MiniLM-L12-v2` is laid out, in fp32 (and, with the same numbers, q8). */
export async function buildSentenceEncoder(folder: string): Promise<void> {
  const vocabulary: Vocabulary = {}
  for (const token of [...SPECIAL, ...MEANINGS.flat(), ...FILLERS, ...LETTERS]) vocabulary[token] ??= Object.keys(vocabulary).length
  const bytes = encoder(vocabulary)
  await writeModel(folder, {
    'onnx/model.onnx': bytes, 'onnx/model_quantized.onnx': bytes,
    'config.json': { model_type: 'bert', architectures: ['BertModel'], hidden_size: SENTENCE_DIMENSIONS, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: Object.keys(vocabulary).length, max_position_embeddings: 128 },
    'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', model_max_length: 128, do_lower_case: true, cls_token: '[CLS]', sep_token: '[SEP]', pad_token: '[PAD]', unk_token: '[UNK]', mask_token: '[MASK]' },
    'tokenizer.json': tokenizer(vocabulary)
  })
}

function encoder(vocabulary: Vocabulary): Buffer {
  const graph = new OnnxGraph('sentences')
  const ids = graph.input('input_ids', Numbers.int64, ['batch', 'tokens'])
  graph.input('attention_mask', Numbers.int64, ['batch', 'tokens'])
  graph.input('token_type_ids', Numbers.int64, ['batch', 'tokens'])
  graph.op('Gather', [graph.weights([Object.keys(vocabulary).length, SENTENCE_DIMENSIONS], wordTable(vocabulary)), ids], {}, 'last_hidden_state')
  graph.output('last_hidden_state', Numbers.float32, ['batch', 'tokens', SENTENCE_DIMENSIONS])
  return graph.file()
}

function wordTable(vocabulary: Vocabulary): Float32Array {
  const table = new Float32Array(Object.keys(vocabulary).length * SENTENCE_DIMENSIONS)
  const at = (token: string, axis: number): number => (vocabulary[token] ?? 0) * SENTENCE_DIMENSIONS + axis
  table[at('[CLS]', SENTENCE_DIMENSIONS - 1)] = 0.01
  for (const [axis, words] of MEANINGS.entries()) for (const word of words) table[at(word, axis)] = 1
  for (const [place, letter] of LETTERS.entries()) for (let axis = 0; axis < SENTENCE_DIMENSIONS; axis++) table[at(letter, axis)] = NOISE * Math.sin((place + 1) * (axis + 1) * 12.9898)
  return table
}

function tokenizer(vocabulary: Vocabulary): unknown {
  const [CLS, SEP] = [vocabulary['[CLS]'] ?? 0, vocabulary['[SEP]'] ?? 0]
  const around = [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }]
  return {
    version: '1.0', added_tokens: SPECIAL.map((token) => special(vocabulary[token] ?? 0, token)),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }, pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'TemplateProcessing', single: around, pair: [...around, { Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: '[SEP]', type_id: 1 } }], special_tokens: { '[CLS]': { id: '[CLS]', ids: [CLS], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [SEP], tokens: ['[SEP]'] } } },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: vocabulary }
  }
}
