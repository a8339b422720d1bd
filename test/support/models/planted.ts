/** Manifests of the planted models, and one that builds any of them: what a test gives a node in place of models from the hub. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelFile, ModelManifest } from '../../../node/understanding/models/models.ts'
import { buildColourClip, buildColourSiglip, COLOUR_DIMENSIONS } from './colour-clip.ts'
import { buildScriptedWhisper } from './scripted-whisper.ts'
import { buildSentenceEncoder, SENTENCE_DIMENSIONS } from './sentence-encoder.ts'

type Planted = Omit<ModelManifest, 'files'> & { readonly build: (folder: string) => Promise<void> }
const colours = [
  { task: 'embed-pictures', input: 'picture:red', expected: [0.577, -0.577, -0.577, 0.029], tolerance: 0.001 }, { task: 'embed-pictures', input: 'picture:slope', expected: [-0.364, -0.364, 0.067, 0.854], tolerance: 0.001 },
  { task: 'embed-pictures', input: 'a red car', expected: [0.577, -0.577, -0.577, 0.029], tolerance: 0.001 }
] as const
const shared = { revision: '1', licence: 'MIT', dtype: 'fp32' } as const

export const PLANTED = Object.freeze({
  'colour-clip': { ...shared, id: 'colour-clip', title: 'Colours', tasks: ['embed-pictures'], family: 'vision', repository: 'planted/colour-clip', dimensions: COLOUR_DIMENSIONS, preprocessing: 'clip 32 0.5/0.5', golden: colours, build: buildColourClip },
  'colour-siglip': { ...shared, id: 'colour-siglip', title: 'Colours by SigLIP', tasks: ['embed-pictures'], family: 'vision', repository: 'planted/colour-siglip', dimensions: COLOUR_DIMENSIONS, preprocessing: 'siglip 32 0.5/0.5', golden: colours, build: buildColourSiglip },
  'meaning-encoder': { ...shared, id: 'meaning-encoder', title: 'Meanings', tasks: ['embed-sentences'], family: 'sentences', repository: 'planted/meaning-encoder', dimensions: SENTENCE_DIMENSIONS, preprocessing: 'mean', golden: [{ task: 'embed-sentences', input: 'the dog and the sea', expected: [Math.SQRT1_2, 0, 0, Math.SQRT1_2], tolerance: 0.001 }], build: buildSentenceEncoder },
  'scripted-whisper': { ...shared, id: 'scripted-whisper', title: 'Script', tasks: ['transcribe'], family: 'transcription', repository: 'planted/scripted-whisper', preprocessing: 'mel 80', golden: [{ task: 'transcribe', input: 'sound:tone', expected: 'hello world this is a test', tolerance: 0 }], build: (folder) => buildScriptedWhisper(folder) }
} as const satisfies Readonly<Record<string, Planted>>)
export type PlantedId = keyof typeof PLANTED

/** Writes its files into `folder` and answers its manifest, with the hashes of what was written. */
export async function plant(id: PlantedId, folder: string): Promise<ModelManifest> {
  const { build, ...manifest } = PLANTED[id]
  await build(folder)
  return { ...manifest, files: await filesOf(folder) }
}

async function filesOf(folder: string): Promise<ModelFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)).sort()
  return Promise.all(paths.map(async (path) => {
    const bytes = await readFile(path)
    return { path: path.slice(folder.length + 1), size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }))
}
