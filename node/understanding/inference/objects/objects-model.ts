/** The model that things are found with. */
import type { ModelFile, ModelManifest } from '../../models/models.ts'

const packaged = (path: string, size: number, sha256: string): ModelFile => ({ path, size, sha256, package: { name: '@vladmandic/human', path: `models/${path}` } })

export const OBJECTS_MODEL: ModelManifest = {
  id: 'centernet-coco',
  title: 'CenterNet: 80 kinds of things, as COCO names them',
  tasks: ['find-objects'],
  family: 'objects',
  revision: '3.3.6',
  licence: 'MIT',
  files: [
    packaged('centernet.json', 201_673, 'bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05'),
    packaged('centernet.bin', 4_030_290, '1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef')
  ],
  dtype: 'fp16',
  preprocessing: 'squeezed into a square of 512 pixels',
  golden: [{ task: 'find-objects', input: 'picture:sign', expected: 'stop sign', tolerance: 0 }, { task: 'find-objects', input: 'picture:slope', expected: '', tolerance: 0 }]
}
