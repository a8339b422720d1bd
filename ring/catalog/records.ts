import type * as Y from 'yjs'
import type { Signal } from '../base/emitter.ts'
import type { Durability } from './catalog.ts'
import { dropRecord, writeRecord } from './record-entry.ts'

/** JSON values by name. */
export type RecordFields = Readonly<Record<string, unknown>>

/** A record as it stands. Any member may have written any field: whoever reads one checks it. */
export interface RingRecord {
  readonly id: string
  readonly fields: RecordFields
}

/** Small records of the ring's people, the same on every node: read from memory, written as every edit of the catalog is. For things that are few and change seldom. */
export interface Records {
  /** By id. */
  list(kind: string): readonly RingRecord[]
  find(kind: string, id: string): RingRecord | undefined
  /** Makes it or changes these fields of it; `null` takes a field away. @throws InvalidInputError, OverloadedError */
  put(kind: string, id: string, fields: RecordFields): Promise<Durability>
  /** Answers whether there was one. @throws InvalidInputError */
  remove(kind: string, id: string): Promise<boolean>
  /** The kind that changed, here or elsewhere. */
  readonly changed: Signal<string>
}

export interface RecordsComponents {
  /** What the root document says now. */
  now(kind: string): readonly RingRecord[]
  /** One transaction of the root document, durable when it resolves. */
  edit<T>(change: (doc: Y.Doc) => T): Promise<{ result: T; copies: number }>
  readonly changed: Signal<string>
}

export function createRecords({ now, edit, changed }: RecordsComponents): Records {
  return {
    list: now,
    find: (kind, id) => now(kind).find((record) => record.id === id),
    async put(kind, id, fields) {
      const { copies } = await edit((doc) => writeRecord(doc, kind, id, fields))
      return { copies }
    },
    async remove(kind, id) {
      const { result } = await edit((doc) => dropRecord(doc, kind, id))
      return result
    },
    changed
  }
}
