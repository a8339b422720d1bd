/** The ASC MHL history of a roll as files, as they lie beside a copy of the card. */
import { dirname } from 'node:path/posix'
import { NotFoundError } from '#protocols/errors.ts'
import type { RollFiles } from '#protocols/http.ts'
import type { Ring, RollGeneration } from '#ring'
import { bytesOf } from '#ring/base/bytes.ts'
import { CHAIN_FILE, type ChainEntry, MHL_FOLDER } from '../mhl/manifest.ts'
import { readChain } from '../mhl/read-xml.ts'
import { writeChain } from '../mhl/write-xml.ts'
import type { RollList } from './roll-list.ts'

const pathOf = ({ folder, name }: Pick<RollGeneration, 'folder' | 'name'>): string => folder === '' ? `${MHL_FOLDER}/${name}` : `${folder}/${MHL_FOLDER}/${name}`

/** Generations that were written for the roll, and the chain of each history that they are of. */
export function historyOf({ mhl }: RollList): RollFiles['mhl'] {
  const generations = mhl.map((each) => ({ path: pathOf(each), generation: each.generation, c4: each.c4, createdMs: each.createdMs }))
  const chains = [...Map.groupBy(mhl, ({ folder }) => folder)].map(([folder, own]) => ({ path: pathOf({ folder, name: CHAIN_FILE }), generation: 0, c4: '', createdMs: Math.max(...own.map(({ createdMs }) => createdMs)) }))
  return [...generations, ...chains]
}

/** @throws NotFoundError */
export async function mhlFile(blobs: Pick<Ring['blobs'], 'read'>, list: RollList, path: string): Promise<Buffer> {
  const found = list.mhl.find((each) => pathOf(each) === path)
  if (found !== undefined) return bytesOf(blobs.read(found.blob))
  const folder = dirname(dirname(path)) === '.' ? '' : dirname(dirname(path))
  const own = list.mhl.filter((each) => each.folder === folder)
  if (own.length === 0 || path !== pathOf({ folder, name: CHAIN_FILE })) throw new NotFoundError(`the history of this roll has no ${JSON.stringify(path.slice(0, 200))}`)
  const card = list.files.get(path)
  const before = card === undefined || card.blob === null ? [] : readChain(await bytesOf(blobs.read(card.blob)))
  const entries: ChainEntry[] = own.map(({ generation, name, c4 }) => ({ generation, name, c4 }))
  return Buffer.from(writeChain([...before.filter(({ generation }) => !entries.some((entry) => entry.generation === generation)), ...entries]))
}
