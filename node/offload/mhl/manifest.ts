/** What one generation of an ASC MHL history says (`NNNN_NAME_DATE_TIMEZ.mhl`), and the chain that binds the generations (`ascmhl_chain.xml`). */
import type { HashFormat } from './hash-formats.ts'

export const MHL_FOLDER = 'ascmhl'
export const CHAIN_FILE = 'ascmhl_chain.xml'
/** Left out of every history, as the reference tool does. */
export const DEFAULT_IGNORES: readonly string[] = ['.DS_Store', 'ascmhl', 'ascmhl/']

export type Action = 'original' | 'verified' | 'failed'
export type ProcessType = 'in-place' | 'transfer' | 'flatten'

/** A hash as it stands in a manifest. */
export interface HashEntry {
  readonly format: HashFormat
  readonly hash: string
  readonly action?: Action
  /** Unix ms. */
  readonly hashedMs?: number
}

export interface MhlFile {
  readonly path: string
  readonly size: number
  /** Unix ms. */
  readonly modifiedMs?: number
  readonly hashes: readonly HashEntry[]
  readonly previousPath?: string
}

export interface MhlFolder {
  /** Empty for the folder of the history itself. */
  readonly path: string
  readonly modifiedMs?: number
  readonly content: readonly HashEntry[]
  readonly structure: readonly HashEntry[]
}

/** Whoever made it. */
export interface MhlAuthor {
  readonly name: string
  readonly email?: string
  readonly phone?: string
  readonly role?: string
}

export interface MhlManifest {
  /** Unix ms. */
  readonly createdMs: number
  readonly hostname: string
  readonly tool: { readonly name: string; readonly version: string }
  readonly author?: MhlAuthor
  readonly location?: string
  readonly comment?: string
  readonly process: ProcessType
  readonly root?: MhlFolder
  readonly ignores: readonly string[]
  readonly files: readonly MhlFile[]
  readonly folders: readonly MhlFolder[]
  /** Manifests of histories within this folder, by their paths. */
  readonly references: ReadonlyArray<{ readonly path: string; readonly c4: string }>
}

export interface ChainEntry {
  readonly generation: number
  readonly name: string
  readonly c4: string
}

const two = (value: number, digits = 2): string => String(value).padStart(digits, '0')

/** `0001_A001_2026-11-27_031500Z.mhl` */
export function manifestName(generation: number, name: string, atMs: number): string {
  const at = new Date(atMs)
  const day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`
  return `${two(generation, 4)}_${name.replace(/[/\\\0]/g, '_').slice(0, 180)}_${day}_${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}Z.mhl`
}

/** The generation a manifest's name begins with; undefined when it is no name of one. */
export const generationOfName = (name: string): number | undefined => {
  const number = /^(\d{4,})(?:_.*)?\.mhl$/s.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}
