import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import { type Albums, createAlbums } from './albums.ts'
import { type Awareness, createAwareness } from './awareness.ts'
import { checkOwnFields, createOwnFields, createProjects, createStates } from './definitions.ts'
import { createEdits, type Edits } from './edits.ts'
import { createHistory, type History } from './history.ts'
import { createSelected, type Selected } from './selected.ts'
import { createTags, type Tags } from './tags.ts'

/** What people sort the library by. */
export interface Organise extends Startable {
  readonly awareness: Awareness
  readonly edits: Edits
  readonly history: History
  readonly albums: Albums
  readonly projects: ReturnType<typeof createProjects>
  readonly fields: ReturnType<typeof createOwnFields>
  readonly states: ReturnType<typeof createStates>
  readonly tags: Tags
  readonly selected: Selected
}

export function createOrganise({ ring }: { ring: Pick<Ring, 'catalog' | 'id' | 'membership' | 'name' | 'network' | 'self'> }): Organise {
  const { catalog } = ring
  const awareness = createAwareness({ ring })
  const history = createHistory({ catalog })
  const edits: Edits = createEdits({ catalog, history, check: (patch) => checkOwnFields(fields.list(), patch) })
  const albums = createAlbums({ catalog, edits })
  const fields = createOwnFields({ catalog, edits })
  const selected = createSelected({ catalog, albums })
  return { ...lifecycle([awareness]), awareness, edits, history, albums, fields, selected, projects: createProjects({ catalog, edits }), states: createStates({ catalog, edits }), tags: createTags({ catalog, edits, selected }) }
}
