import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { AssetDetail } from '#protocols/http.ts'
import { MAX_SIDECAR_BYTES } from '../library/deep/sidecars.ts'
import { openXattrs, type Xattrs } from '../folders/xattrs.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { wholeId } from './asset-id.ts'
import { parseFlags, text, UsageError } from './flags.ts'
import { bytes, clean, complain, print } from './output.ts'

/** `thatdam download ASSET… [--to DIR]`: the very bytes, with the time, the sidecars and the extended attributes they came with. */
export async function runDownload(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('download', argv, { ...NODE_FLAGS, to: { type: 'string' } })
  if (positionals.length === 0) throw new UsageError('say which assets: thatdam download ASSET… [--to DIR]')
  const api = nodeApi(values)
  const dir = text(values, 'to') ?? '.'
  await mkdir(dir, { recursive: true })
  const xattrs = await openXattrs()
  const written: Array<{ id: string; files: string[] }> = []
  for (const each of positionals) {
    const id = await wholeId(api, each)
    const asset = await api.get<AssetDetail>(`assets/${id}`)
    const files = [await original(api, asset, dir, xattrs), ...await sidecars(api, asset, dir)]
    written.push({ id, files })
    if (values['json'] !== true) print(`${clean(files.join(', '))}: ${bytes(asset.size)}`)
  }
  if (values['json'] === true) print(JSON.stringify({ written }))
  return 0
}

/** It is there whole, with its own hash, or not at all. */
async function original(api: NodeApi, asset: AssetDetail, dir: string, xattrs: Xattrs): Promise<string> {
  const file = await freeName(dir, asset.name)
  const part = `${file}.part`
  const hash = createHash('sha256')
  try {
    await api.download(`assets/${asset.id}/content`, async (answer) => {
      answer.on('data', (piece: Buffer) => hash.update(piece))
      await pipeline(answer, createWriteStream(part, { flags: 'wx' }))
    })
    if (hash.digest('hex') !== asset.id) throw new CommandError(`what came of ${clean(asset.name)} are not its bytes: try again, or thatdam verify ${asset.id.slice(0, 12)}`)
    for (const [name, value] of Object.entries(await api.get<Record<string, string>>(`assets/${asset.id}/xattrs`))) {
      if (!xattrs.write(part, name, value)) complain(`${clean(file)}: the attribute ${clean(name)} could not be written here`)
    }
    if (asset.modifiedAtMs !== undefined) await utimes(part, asset.modifiedAtMs / 1_000, asset.modifiedAtMs / 1_000)
    await rename(part, file)
    return file
  } finally {
    await rm(part, { force: true })
  }
}

async function sidecars(api: NodeApi, asset: AssetDetail, dir: string): Promise<string[]> {
  const files: string[] = []
  for (const name of asset.sidecars ?? []) {
    const file = await freeName(dir, name)
    const { bytes: content } = await api.getBytes(`assets/${asset.id}/sidecars/${encodeURIComponent(name)}`, MAX_SIDECAR_BYTES)
    await writeFile(file, content, { flag: 'wx' })
    files.push(file)
  }
  return files
}

/** A name a node sent leads nowhere but into the folder. @throws CommandError when something is there */
async function freeName(dir: string, name: string): Promise<string> {
  const file = join(dir, basename(name.replaceAll('\\', '/').replaceAll('\0', '')) || 'unnamed')
  if (await stat(file).then(() => true, () => false)) throw new CommandError(`${clean(file)} is there already: move it away, or choose another folder with --to`)
  return file
}
