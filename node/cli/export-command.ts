import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CommandError, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, text, timeOf, UsageError } from './flags.ts'
import { cameraNamed } from './ledger-command.ts'
import { bytes, clean, print } from './output.ts'

const CUTS = ['exact', 'keyframe', 'parts']

/** `thatdam export CAMERA FROM TO FILE [--cut exact|keyframe|parts]`: the file is there whole or not at all. */
export async function runExport(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('export', argv, { ...NODE_FLAGS, cut: { type: 'string' } })
  const [camera = '', from = '', to = '', file = '', ...rest] = positionals
  if (file === '' || rest.length > 0) throw new UsageError('say what to export and where to: thatdam export CAMERA FROM TO FILE (thatdam help export)')
  const cut = text(values, 'cut') ?? 'exact'
  if (!CUTS.includes(cut)) throw new UsageError(`--cut ${clean(cut)} is none: use ${CUTS.join(', ')}`)
  const query = new URLSearchParams({ from: String(timeOf('FROM', from)), to: String(timeOf('TO', to)), cut })
  if (await stat(file).then(() => true, () => false)) throw new CommandError(`${clean(file)} is there already: choose another name`)
  const api = nodeApi(values)
  const part = `${file}.part`
  try {
    const headers = await api.download(`cameras/${await cameraNamed(api, camera)}/export?${query}`, (answer) => pipeline(answer, createWriteStream(part)))
    const { size } = await stat(part)
    if (size !== Number(headers['content-length'])) throw new CommandError(`the file was cut off after ${bytes(size)}: try again`)
    await rename(part, file)
    const startMs = Number(headers['x-start-ms'])
    const seconds = Number(headers['x-duration-ms']) / 1000
    print(values['json'] === true ? JSON.stringify({ file, bytes: size, startMs, durationMs: seconds * 1000, codecs: headers['x-codecs'] }) : `${clean(file)}: ${seconds.toFixed(2)} s from ${new Date(startMs).toISOString()}, ${bytes(size)}`)
    return 0
  } finally {
    await rm(part, { force: true })
  }
}
