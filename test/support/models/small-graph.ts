import type { GraphModel } from '../../../node/understanding/inference/graph-model/graph-model.ts'
import { readGraphModel } from '../../../node/understanding/inference/graph-model/graph-model.ts'

interface Node { readonly name: string; readonly op: string; readonly input?: readonly string[]; readonly attr?: Record<string, unknown> }
export interface Weights { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[]; readonly dtype?: 'float32' | 'int32' }

export const base64 = (text: string): string => Buffer.from(text).toString('base64')
export const list = (...values: readonly number[]) => ({ list: { i: values.map(String) } })
export const words = (...values: readonly string[]) => ({ list: { s: values.map(base64) } })
export const word = (value: string) => ({ s: base64(value) })
export const input = (name: string, ...shape: readonly number[]): Node => ({ name, op: 'Placeholder', attr: { shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } } } })

/** A TensorFlow.js graph model as bytes; its constants are nodes, too. */
export function smallGraph(nodes: readonly Node[], weights: readonly Weights[] = []): { json: Uint8Array; numbers: Uint8Array } {
  const manifest = weights.map(({ name, shape, dtype = 'float32' }) => ({ name, shape, dtype }))
  const json = { modelTopology: { node: [...weights.map(({ name }) => ({ name, op: 'Const' })), ...nodes] }, weightsManifest: [{ weights: manifest }] }
  const numbers = Buffer.concat(weights.map(({ values, dtype }) => Buffer.from((dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)).buffer)))
  return { json: Buffer.from(JSON.stringify(json)), numbers }
}

export function readSmallGraph(nodes: readonly Node[], weights: readonly Weights[] = []): GraphModel {
  const { json, numbers } = smallGraph(nodes, weights)
  return readGraphModel(json, numbers)
}
