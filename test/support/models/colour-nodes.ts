import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestRing } from '../processes.ts'
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
