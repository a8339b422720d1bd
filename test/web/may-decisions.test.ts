import assert from 'node:assert/strict'
import { test } from 'uvu'
import { Selection } from '../../web/src/organise/selection.ts'
import { mayOf } from '../../web/src/shell/may.ts'

const clip = { albums: ['wedding', 'secret'] }

test('a viewer looks, an editor edits, an administrator decides; until it is known who that is nothing of the library is hidden', () => {
  const abilities = (role: 'viewer' | 'editor' | 'admin') => {
    const { edit, administer, isLimited, fill, change } = mayOf({ role, limited: false })
    return [edit, administer, isLimited, fill('wedding'), change(clip)]
  }
  assert.deepEqual(abilities('viewer'), [false, false, false, false, false])
  assert.deepEqual(abilities('editor'), [true, false, false, true, true])
  assert.deepEqual(abilities('admin'), [true, true, false, true, true])
  assert.deepEqual([mayOf().edit, mayOf().administer, mayOf().change(clip)], [true, false, true])
})

test('whoever is limited to albums changes what is in those they may edit, and nothing of all of the library', () => {
  const may = mayOf({ role: 'editor', limited: true, editAlbums: ['wedding'] })
  assert.deepEqual([may.edit, may.isLimited, may.fill('wedding'), may.fill('secret'), may.change(clip), may.change({ albums: ['secret'] }), may.change({ albums: [] })], [false, true, true, false, true, false, false])
  assert.equal(mayOf({ role: 'viewer', limited: true, editAlbums: ['wedding'] }).change(clip), false)
})

test('where nothing may be done to many clips at once none is chosen', () => {
  const selection = new Selection()
  selection.toggle('a')
  selection.allow(false)
  assert.equal(selection.get().size, 0)
  selection.toggle('a')
  selection.range(['b', 'c'])
  selection.set(['d'])
  assert.equal(selection.get().size, 0)
  selection.allow(true)
  selection.toggle('a')
  assert.deepEqual([...selection.get()], ['a'])
})

test.run()
