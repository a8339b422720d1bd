/** The process of a model that can be told to end: for tests. */
import { serveModel } from '../../../../node/understanding/inference/serve-model.ts'

serveModel(async ({ folder }) => {
  if (folder.endsWith('unopenable')) throw new Error('its files are damaged')
  return {
    async 'embed-queries'(texts) {
      if (texts.includes('crash')) process.kill(process.pid, 'SIGSEGV')
      if (texts.includes('hang')) await new Promise(() => setTimeout(() => {}, 1e9))
      if (texts.includes('fail')) throw new Error('it can not read this')
      return texts.map((text) => Float32Array.of(text.length, process.pid))
    }
  }
})
