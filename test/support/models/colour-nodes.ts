import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeProcess, TestRing } from '../processes.ts'
import { plant } from './planted.ts'

/** Nodes that take the planted model of colours from a shelf, know nothing of the hub, and understand pictures by it. */
export async function beginWithColours(ring: TestRing, names: readonly [string, ...string[]]): Promise<void> {
  const shelf = join(ring.dir, 'shelf')
  const manifest = JSON.stringify(await plant('colour-clip', join(shelf, 'planted/colour-clip')))
  for (const name of names) {
    await mkdir(join(ring.dir, name, 'models'), { recursive: true })
    await writeFile(join(ring.dir, name, 'models/colour-clip.json'), manifest)
    await ring.begin(name, { flags: ['--models', shelf, '--model-hub', 'none'] })
  }
  await ring.together(names.length)
  await ring.send('PUT', `${ring.node(names[0]).url}/api/v1/models/use`, { task: 'embed-pictures', model: 'colour-clip' })
}

/** Whether nothing is to be looked at or read of an asset any more by this node. */
export async function isUnderstood(ring: TestRing, { url }: NodeProcess, id: string): Promise<boolean> {
  const { waiting } = await ring.get<{ waiting: ReadonlyArray<{ why: string }> }>(`${url}/api/v1/assets/${id}/scenes`)
  return waiting.every(({ why }) => !why.includes('turn has not come'))
}
