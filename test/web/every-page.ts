/** Every page there is, and what a node says when each of them has something to show. */
import assert from 'node:assert/strict'
import type { FakeState } from './fake-api.ts'
import { fakeTiers } from './fake-others.ts'

/** Every page with content, and something that is only there when it has drawn what it is for. */
export const PAGES: readonly (readonly [path: string, sign: string])[] = [
  ['/', 'video[data-camera=cam-porch]'],
  ['/camera', '.studio-form'],
  ['/library', '[data-asset=asset-0] img'],
  ['/library?q=harbour', '.why-line mark'],
  ['/library/duplicates', '.copies-side [data-asset=asset-1]'],
  ['/library/asset-0', '.asset-page:has(.metadata-group):has(.related-card)'],
  ['/library/asset-5', 'audio'],
  ['/library/asset-6', '.stage img'],
  ['/albums/album-0', '[data-asset=asset-0] img'],
  ['/trash', 'main [data-asset=gone]'],
  ['/folders', '[data-folder]'],
  ['/imports', '[data-import]'],
  ['/imports/batch-0', '[data-asset=asset-0] img'],
  ['/takes', '.take-card img'],
  ['/takes/take-0', '.angle-row path'],
  ['/moments', '.examples .chip'],
  ['/moments?q=harbour&sense=speech', '[data-found=asset-7]'],
  ['/moments/map', '.map-box canvas'],
  ['/recordings', '.timeline .span'],
  ['/recordings/cam-porch', '.timeline .gap'],
  ['/recordings/cam-porch?with=cam-garage', '.dvr-row + .dvr-row .gap'],
  ['/jobs', '[data-job]'],
  ['/workflows', '[data-workflow]'],
  ['/rolls', '[data-roll]'],
  ['/rolls/roll-0', '.roll-files td'],
  ['/ring', '.ring-chart .arc'],
  ['/settings', '.people-table td'],
  ['/settings/keys', '.people-table td'],
  ['/settings/links', '.people-table td'],
  ['/settings/audit', '.people-table td'],
  ['/settings/cloud', '[data-tier]'],
  ['/settings/webhooks', '[data-webhook]'],
  ['/settings/models', '[data-model]'],
  ['/settings/understanding', '[data-task]']
]

/** Something on every page. */
export function fill(state: FakeState): void {
  const [first, second, third] = state.assets
  assert.ok(first && second && third)
  const now = Date.now()
  state.trash = [{ ...third, id: 'gone', trash: { deletedAtMs: now, purgeAtMs: now + 86_400_000 * 3 } }]
  state.duplicates = [{ distance: 2, assets: [first, second] }]
  state.jobs = [
    { id: 'j', kind: 'scan', title: '/mnt/footage', node: 'alder', state: 'running', startedMs: now - 60_000, endedMs: null, filesDone: 3, filesTotal: 12, bytesDone: 3e9, bytesTotal: 12e9, imported: 2, known: 0, refused: 1, results: [{ path: 'a.mov', outcome: 'refused', assetId: null, copies: 0, reason: 'It has no end.' }], error: null },
    { id: 'k', kind: 'workflow', title: 'Night', node: 'birch', state: 'failed', startedMs: now - 60_000, endedMs: now, filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, imported: 0, known: 0, refused: 0, results: [], error: 'there is no /media/archive', report: { steps: [{ action: 'stats', state: 'done', message: '24 clips' }, { action: 'backup', state: 'failed', message: 'there is no /media/archive: plug the disk in' }] } },
    { id: 'l', kind: 'cloud', title: 'Offsite', node: 'alder', state: 'paused', startedMs: now - 60_000, endedMs: null, filesDone: 3, filesTotal: 12, bytesDone: 3e9, bytesTotal: 12e9, imported: 0, known: 0, refused: 0, results: [], error: null }
  ]
  state.workflows = [{ id: 'night', definition: { name: 'Night', workflow: [{ action: 'stats' }, { action: 'backup' }], schedule: '0 3 * * *' }, changedMs: now, changedBy: 'this machine', problems: [], nextMs: now + 3_600_000, runsOn: 'alder' }]
  state.searches = [{ id: 'search-0', name: 'All of the harbour', q: 'tag:harbour', sort: null, createdAtMs: 1, by: 'this machine' }]
  state.kept = [{ id: 'kept-0', camera: 'cam-porch', fromMs: now - 1_800_000, toMs: now - 1_740_000, name: 'the fox', createdAtMs: now }]
  state.motions = [{ fromMs: now - 600_000, toMs: now - 540_000 }]
  state.said = [{ fromMs: now - 900_000, toMs: now - 896_000, text: 'Is the boom in the picture?' }, { fromMs: now - 890_000, toMs: now - 887_500, text: 'No, and we are rolling.' }]
  state.masters = [{ fromMs: now - 1_800_000, toMs: now - 1_200_000, format: 'prores', state: 'failed', asset: null, name: null, bytes: 0, reason: 'the disk of this node is low', progress: 0, tries: 1, node: 'alder', atMs: now }]
  state.alarms = [{ key: 'not-recorded/cam-attic', severity: 'critical', message: 'attic is not recorded: /dev/video0 is busy. End the other program.', sinceMs: now - 180_000, nodes: ['alder'] }, { key: 'disk', severity: 'warning', message: 'The disk of birch is 92 % full.', sinceMs: now - 600_000, nodes: ['birch'] }]
  state.others = { ...state.others, tiers: fakeTiers() }
}
