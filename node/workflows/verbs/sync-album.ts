import { Type } from 'typebox'
import { count, known, type Verb } from '../verb.ts'

const Text = Type.String({ minLength: 1, maxLength: 4_096 })

/** `{"action":"sync_album","root":"/media/workspace","album":"Project Alpha","category":"edit","copy":true}` */
export const syncAlbum: Verb = {
  action: 'sync_album',
  summary: 'Copy what is not there yet of an album\'s files into a folder',
  params: Type.Object({ root: Text, album: Text, category: Type.Optional(Type.String({ maxLength: 64 })), copy: Type.Optional(Type.Boolean()) }),
  isKnown: (actions) => actions.syncAlbum !== undefined,
  async check({ root, album, category, copy }, { actions, signal }) {
    const found = await known(actions, 'syncAlbum')({ root, album, category, copy }, { signal, dryRun: true })
    return `would put ${count(found.synced, 'file')} of album ${found.album} into ${found.dest}, ${found.skipped} are there`
  },
  async run({ root, album, category, copy }, { actions, ...options }) {
    const result = await known(actions, 'syncAlbum')({ root, album, category, copy }, { ...options, dryRun: false })
    return { message: `${result.synced} synced, ${result.skipped} already there`, result }
  }
}
