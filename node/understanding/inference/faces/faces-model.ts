/** The models that faces are found and told apart with. */
import type { ModelFile, ModelManifest } from '../../models/models.ts'

const packaged = (path: string, size: number, sha256: string): ModelFile => ({ path, size, sha256, package: { name: '@vladmandic/human', path: `models/${path}` } })

export const FACES_MODEL: ModelManifest = {
  id: 'blazeface-faceres',
  title: 'BlazeFace and FaceRes: faces, and how alike two are',
  tasks: ['find-faces'],
  family: 'faces',
  revision: '3.3.6',
  licence: 'MIT',
  files: [
    packaged('blazeface.json', 79_038, 'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f'),
    packaged('blazeface.bin', 538_928, 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72'),
    packaged('faceres.json', 71_432, '5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df'),
    packaged('faceres.bin', 6_978_814, '2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b')
  ],
  dtype: 'fp32',
  preprocessing: 'found in the square around the picture at 256 pixels; told apart turned upright at 224 pixels',
  golden: [{ task: 'find-faces', input: 'picture:face', expected: 'face', tolerance: 0 }, { task: 'find-faces', input: 'picture:sign', expected: '', tolerance: 0 }]
}
