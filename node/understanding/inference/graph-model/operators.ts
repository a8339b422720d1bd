/** What each operator of a TensorFlow graph becomes in ONNX. Pictures stay in the order rows, columns, colours, as TensorFlow has them; the runtime takes out the turns that cancel each other. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { Constant, GraphNode } from './graph-model.ts'
import type { Conversion } from './convert.ts'
import type { Attribute } from './onnx-writer.ts'

type Operator = (conversion: Conversion, node: GraphNode) => string

const unsupported = (node: GraphNode, what: string): never => { throw new InvalidInputError(`the graph model can not be converted: ${node.op} ${node.name} has ${what}, which is not supported`) }

function inputOf({ resultOf }: Conversion, node: GraphNode, place: number): string {
  return resultOf(node.inputs[place] ?? unsupported(node, `no input ${place}`))
}

/** Numbers that have to be known when the graph is made. */
function knownOf({ model }: Conversion, node: GraphNode, place: number): Constant {
  let source = model.node(node.inputs[place] ?? unsupported(node, `no input ${place}`))
  for (let depth = 0; source.op === 'Identity' && depth < 16; depth++) source = model.node(source.inputs[0] ?? '')
  return source.op === 'Const' ? model.constant(source.name) : unsupported(node, `an input ${place} that is computed`)
}

const integersOf = (conversion: Conversion, node: GraphNode, place: number): number[] => Array.from(knownOf(conversion, node, place).values)

function attributeOf<T>(node: GraphNode, name: string, otherwise: T): T {
  return (node.attributes[name] ?? otherwise) as T
}

const planesFirst = ({ onnx }: Conversion, from: string): string => onnx.apply('Transpose', [from], { perm: [0, 3, 1, 2] })
const planesLast = ({ onnx }: Conversion, from: string): string => onnx.apply('Transpose', [from], { perm: [0, 2, 3, 1] })

const plain = (operator: string): Operator => (conversion, node) => conversion.onnx.apply(operator, node.inputs.map((_, place) => inputOf(conversion, node, place)))

/** Rows and columns of an attribute that is given for all four directions. */
function rowsAndColumns(node: GraphNode, name: string): number[] {
  const [batch, rows, columns, colours] = attributeOf(node, name, [1, 1, 1, 1])
  if (batch !== 1 || colours !== 1 || rows === undefined || columns === undefined) return unsupported(node, `${name} other than 1 for pictures or colours`)
  return [rows, columns]
}

function padding(node: GraphNode): Record<string, Attribute> {
  if (attributeOf(node, 'data_format', 'NHWC') !== 'NHWC') return unsupported(node, 'colours first')
  const kind = attributeOf<string>(node, 'padding', '')
  if (kind === 'SAME') return { auto_pad: 'SAME_UPPER' }
  if (kind === 'VALID') return {}
  const pads = attributeOf<number[]>(node, 'explicit_paddings', [])
  return kind === 'EXPLICIT' && pads.length === 8 ? { pads: [pads[2]!, pads[4]!, pads[3]!, pads[5]!] } : unsupported(node, `padding ${kind}`)
}

/** From rows, columns, inputs, outputs to outputs, inputs, rows, columns; of a depthwise one each output has one input. */
function kernelOf(node: GraphNode, { shape, values }: Constant, isDepthwise: boolean): { shape: number[]; values: Float32Array } {
  const [rows, columns, inputs, outputs] = shape
  if (shape.length !== 4 || rows === undefined || columns === undefined || inputs === undefined || outputs === undefined) return unsupported(node, `a kernel of ${shape.length} dimensions`)
  const turned = new Float32Array(values.length)
  const area = rows * columns
  for (let place = 0, at = 0; place < area; place++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++, at++) turned[(isDepthwise ? input * outputs + output : output * inputs + input) * area + place] = values[at]!
    }
  }
  return { shape: isDepthwise ? [inputs * outputs, 1, rows, columns] : [outputs, inputs, rows, columns], values: turned }
}

const convolution = (isDepthwise: boolean): Operator => (conversion, node) => {
  const { onnx } = conversion
  const kernel = knownOf(conversion, node, 1)
  const { shape, values } = kernelOf(node, kernel, isDepthwise)
  const [bias, ...after] = fusedOf(node)
  const inputs = [planesFirst(conversion, inputOf(conversion, node, 0)), onnx.numbers(shape, values), ...bias === undefined ? [] : [biasOf(conversion, node)]]
  const made = onnx.apply('Conv', inputs, { strides: rowsAndColumns(node, 'strides'), dilations: rowsAndColumns(node, 'dilations'), kernel_shape: shape.slice(2), group: isDepthwise ? kernel.shape[2]! : 1, ...padding(node) })
  return planesLast(conversion, after.reduce((from, operator) => activation(conversion, node, operator, from), made))
}

/** What TensorFlow does in the same step: always a bias first. */
function fusedOf(node: GraphNode): string[] {
  const fused = attributeOf<string[]>(node, 'fused_ops', [])
  return fused.length === 0 || fused[0] === 'BiasAdd' ? fused : unsupported(node, `the steps ${fused.join(', ')}`)
}

function biasOf(conversion: Conversion, node: GraphNode): string {
  const { values } = knownOf(conversion, node, 2)
  return conversion.onnx.numbers([values.length], Float32Array.from(values))
}

function activation(conversion: Conversion, node: GraphNode, operator: string, from: string): string {
  if (operator === 'Relu' || operator === 'Sigmoid') return conversion.onnx.apply(operator, [from])
  return operator === 'Relu6' ? clipped(conversion, from) : unsupported(node, `the step ${operator}`)
}

const clipped = ({ onnx }: Conversion, from: string): string => onnx.apply('Clip', [from, onnx.numbers([], Float32Array.of(0)), onnx.numbers([], Float32Array.of(6))])

const pooling = (operator: string): Operator => (conversion, node) => {
  const from = planesFirst(conversion, inputOf(conversion, node, 0))
  return planesLast(conversion, conversion.onnx.apply(operator, [from], { kernel_shape: rowsAndColumns(node, 'ksize'), strides: rowsAndColumns(node, 'strides'), ...padding(node) }))
}

function mean(conversion: Conversion, node: GraphNode): string {
  return conversion.onnx.apply('ReduceMean', [inputOf(conversion, node, 0)], { axes: integersOf(conversion, node, 1), keepdims: attributeOf(node, 'keep_dims', false) ? 1 : 0 })
}

function resize(conversion: Conversion, node: GraphNode): string {
  const { onnx } = conversion
  const from = planesFirst(conversion, inputOf(conversion, node, 0))
  const picturesAndColours = onnx.apply('Slice', [onnx.apply('Shape', [from]), onnx.integers([0]), onnx.integers([2])])
  const sizes = onnx.apply('Concat', [picturesAndColours, onnx.integers(integersOf(conversion, node, 1))], { axis: 0 })
  const places = attributeOf(node, 'align_corners', false) ? 'align_corners' : attributeOf(node, 'half_pixel_centers', false) ? 'half_pixel' : 'asymmetric'
  return planesLast(conversion, onnx.apply('Resize', [from, '', '', sizes], { mode: 'linear', coordinate_transformation_mode: places }))
}

function concatenation(conversion: Conversion, node: GraphNode): string {
  const last = node.inputs.length - 1
  const [axis = 0] = integersOf(conversion, node, last)
  return conversion.onnx.apply('Concat', node.inputs.slice(0, last).map((_, place) => inputOf(conversion, node, place)), { axis })
}

function pad(conversion: Conversion, node: GraphNode): string {
  const { onnx } = conversion
  const pairs = integersOf(conversion, node, 1)
  const [before, after] = [pairs.filter((_, i) => i % 2 === 0), pairs.filter((_, i) => i % 2 === 1)]
  return onnx.apply('Pad', [inputOf(conversion, node, 0), onnx.integers([...before, ...after])])
}

function constant({ onnx, model }: Conversion, node: GraphNode): string {
  const { shape, values } = model.constant(node.name)
  return onnx.numbers(shape, Float32Array.from(values))
}

/** One picture at a time: a size that is left open is 1. */
function placeholder({ onnx }: Conversion, node: GraphNode): string {
  return onnx.input(node.name, attributeOf<number[]>(node, 'shape', []).map((size) => size < 0 ? 1 : size))
}

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Placeholder: placeholder,
  Const: constant,
  Conv2D: convolution(false),
  _FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2dNative: convolution(true),
  MaxPool: pooling('MaxPool'),
  Mean: mean,
  ResizeBilinear: resize,
  ConcatV2: concatenation,
  Pad: pad,
  Reshape: (conversion, node) => conversion.onnx.apply('Reshape', [inputOf(conversion, node, 0), conversion.onnx.integers(integersOf(conversion, node, 1))]),
  Relu6: (conversion, node) => clipped(conversion, inputOf(conversion, node, 0)),
  Add: plain('Add'),
  AddV2: plain('Add'),
  Sub: plain('Sub'),
  Mul: plain('Mul'),
  Maximum: plain('Max'),
  Minimum: plain('Min'),
  Relu: plain('Relu'),
  Sigmoid: plain('Sigmoid'),
  Identity: plain('Identity')
}
