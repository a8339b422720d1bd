/**
 * A node of a ring from a program, over HTTP. Nothing but what Node has is imported. `npm ci` in a clone of this repository makes
 * the JavaScript that programs get; then, in the program's folder: `npm install /path/to/thatdam`.
 *
 *   import { MediaIndexer } from 'thatdam'
 *   const indexer = new MediaIndexer({ url: 'http://127.0.0.1:8080' })
 *   await indexer.scan('/path/to/media')
 *   const newest = await indexer.getRecent()
 *   const found = await indexer.search('sunset beach')
 */
export { MediaIndexer, type ScanOutcome, type SearchOptions } from './media-indexer.ts'
export { ThatDam, type ThatDamInit } from './that-dam.ts'
export { NodeRefusedError, NodeSilentError } from './sdk-errors.ts'
export type { AlarmView, AssetDetail, AssetEdit, AssetList, AssetView, CameraView, ImportResult, JobView, RecordingList, RingView, ServerEvent, WorkflowDefinition, WorkflowView } from '#protocols/http.ts'
