/** What assets have in common with others, in the index: the folder they lay in, the live photo they are a half of. */
import type { DatabaseSync } from 'node:sqlite'
import type { Asset } from './catalog.ts'
import { prepared } from './prepared.ts'

export const TRAIT_SCHEMA = `
  CREATE TABLE asset_traits (trait TEXT NOT NULL, asset INTEGER NOT NULL, PRIMARY KEY (trait, asset)) WITHOUT ROWID;
  CREATE INDEX asset_traits_asset ON asset_traits (asset);
`

/** Assets that share the folder of this node's path. */
export const folderTrait = (node: string, path: string): string => `folder:${node} ${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`
/** Assets of one folder whose names differ in their endings only. */
export const stemTrait = (node: string, path: string): string => `stem:${node} ${path.replace(/\.[^./]*$/, '').toLowerCase()}`
/** The two halves of a live photo. */
export const contentTrait = (contentId: string): string => `content:${contentId}`

function traitsOf({ facts, locations }: Asset): Set<string> {
  const { contentId } = facts.probe
  return new Set([...locations.flatMap(({ node, path }) => [folderTrait(node, path), stemTrait(node, path)]), ...typeof contentId === 'string' ? [contentTrait(contentId)] : []])
}

export function putTraits(database: DatabaseSync, number: number, asset: Asset): void {
  dropTraits(database, number)
  const put = prepared(database, 'INSERT OR IGNORE INTO asset_traits (trait, asset) VALUES (?, ?)')
  for (const trait of traitsOf(asset)) put.run(trait, number)
}

export function dropTraits(database: DatabaseSync, number: number): void {
  prepared(database, 'DELETE FROM asset_traits WHERE asset = ?').run(number)
}
