/** TensorFlow.js graph models made into ONNX ones, so that one runtime runs all models. Only what leads to the results that are asked for is converted. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { GraphModel, GraphNode } from './graph-model.ts'
import { OnnxGraph } from './onnx-writer.ts'
import { OPERATORS } from './operators.ts'

/** Deeper graphs are refused. @default 4000 */
export const MAX_NODES = 4_000

/** What an operator of the graph becomes; a place in the graph is named by a word. */
export interface Conversion {
  readonly onnx: OnnxGraph
  readonly model: GraphModel
  /** What another node's result is called in the new graph. */
  resultOf(name: string): string
}

/** Results keep their names, without what stands after a colon. @throws InvalidInputError for an operator that is not supported */
export function convertGraph(model: GraphModel, results: readonly string[]): Uint8Array {
  const onnx = new OnnxGraph()
  const done = new Map<string, string>()
  const conversion: Conversion = { onnx, model, resultOf: (name) => done.get(name) ?? constantOf(name) }
  const constantOf = (name: string): string => {
    const made = convertNode(conversion, model.node(name))
    done.set(name, made)
    return made
  }
  for (const result of results) {
    for (const node of inOrder(model, result, done)) done.set(node.name, convertNode(conversion, node))
    onnx.output(result, conversion.resultOf(result))
  }
  return onnx.toBytes()
}

function convertNode(conversion: Conversion, node: GraphNode): string {
  const operator = OPERATORS[node.op]
  if (operator === undefined) return failed(`operator ${node.op} of ${node.name} is not supported`)
  return operator(conversion, node)
}

function failed(why: string): never {
  throw new InvalidInputError(`the graph model can not be converted: ${why}`)
}

/** What a result needs, each after what it needs itself, without recursion: graphs are deep. Constants are left to those who use them: many are only read while converting. */
function* inOrder(model: GraphModel, result: string, done: ReadonlyMap<string, string>): Generator<GraphNode> {
  const given = new Set<string>()
  const open = new Set<string>()
  const stack = [model.node(result)]
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const waiting = node.inputs.find((name) => !given.has(name) && !done.has(name) && model.node(name).op !== 'Const')
    if (waiting === undefined) {
      stack.pop()
      if (!given.has(node.name) && !done.has(node.name)) yield node
      given.add(node.name)
    } else {
      if (open.has(waiting) || open.size > MAX_NODES) failed(`it goes in a circle at ${waiting}, or has more than ${MAX_NODES} parts`)
      open.add(waiting)
      stack.push(model.node(waiting))
    }
  }
}
