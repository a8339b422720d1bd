/** Flags of a node that say where models come from and what runs them. */
import { resolve } from 'node:path'
import type { NodeConfig } from '../config.ts'
import { type FlagValues, text, texts, UsageError } from './flags.ts'

/** @throws UsageError */
export function modelsOf(values: FlagValues): Pick<NodeConfig, 'modelFolders' | 'modelMirror' | 'modelHub' | 'inferenceProvider'> {
  const [mirror, hub, provider] = [text(values, 'model-mirror'), text(values, 'model-hub'), text(values, 'inference-provider')]
  if (provider !== undefined && !/^[a-z]{2,16}$/.test(provider)) throw new UsageError(`--inference-provider ${provider} is none: cpu, cuda, coreml, dml…`)
  return {
    ...(texts(values, 'models').length > 0 && { modelFolders: texts(values, 'models').map((folder) => resolve(folder)) }),
    ...(mirror !== undefined && { modelMirror: serverUrl('model-mirror', mirror) }),
    ...(hub !== undefined && { modelHub: hub === 'none' ? hub : serverUrl('model-hub', hub) }),
    ...(provider !== undefined && { inferenceProvider: provider })
  }
}

function serverUrl(flag: string, value: string): string {
  const url = URL.parse(value)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') throw new UsageError(`--${flag} ${value} is no URL of a server: for example https://models.example.org`)
  return value
}
