import { conversionError } from '../../conversion-error.ts'
import { type Builder, createBuilder } from '../../graph/builder.ts'
import type { Graph } from '../../graph/graph.ts'
import { scalar, type Tensor, transposed } from '../../graph/tensor.ts'
import { expectProportion } from '../proportion.ts'
import { type Computed, computed, made, type Operand, perAxis } from '../tensorflow/operand.ts'
import { TRANSLATIONS } from './operators.ts'
import { type OperatorInfo, readModel, type TensorInfo } from './tflite-schema.ts'
import { constantOf } from './tflite-weights.ts'

/** Operators that return elements of their input, whose results need no rounding. */
const PASSING = new Set(['RESHAPE', 'SQUEEZE', 'TRANSPOSE', 'STRIDED_SLICE', 'MAX_POOL_2D'])

/**
 * Converts a TensorFlow Lite network to a graph: `input` is float32 [n, C, H, W] on the network's own scale, and outputs keep their names.
 *
 * Half-precision and eight-bit weights become float32: behind DequantizeLinear, ONNX Runtime would widen them in every run
 * (Facenet512: 180 ms a face instead of 128). A network whose values are eight bits as well (full-integer quantisation) computes in float32
 * and rounds each value as the file specifies; its results agree with TensorFlow Lite's to one step of their scale.
 * @throws {Error} ConversionError when the file is damaged, or contains an unsupported operator or type.
 */
export function importTflite (bytes: Uint8Array): Graph {
  const model = readModel(bytes)
  const builder = createBuilder()
  /** Translated tensors of the file, by index. */
  const values = new Map<number, Operand>()
  const reordered = new Map<Tensor, Map<string, Tensor>>()

  function infoOf (index: number): TensorInfo {
    const found = model.tensors[index]
    if (!found) throw conversionError(`The file is damaged: it uses tensor ${index} of ${model.tensors.length}.`)
    return found
  }

  function constant (index = -1): Tensor | undefined {
    if (index < 0) return undefined
    const known = values.get(index)
    if (known) return 'constant' in known ? known.constant : undefined
    const tensor = constantOf(infoOf(index))
    if (tensor) values.set(index, { constant: tensor })
    return tensor
  }

  function value (index = -1, owner: string): Computed {
    constant(index)
    const found = values.get(index)
    if (!found) throw conversionError(`${owner} reads ${index < 0 ? 'an input that is left out' : infoOf(index).name}, which nothing makes before it.`)
    return computed(builder, infoOf(index).name, found)
  }

  function reorder (tensor: Tensor, perm: readonly number[]): Tensor {
    const orders = reordered.get(tensor) ?? new Map<string, Tensor>()
    const found = orders.get(perm.join()) ?? transposed(tensor, perm)
    reordered.set(tensor, orders.set(perm.join(), found))
    return found
  }

  function translate ({ op, inputs, outputs, options }: OperatorInfo, { name, shape, signature }: TensorInfo): Operand {
    const owner = `${name} (${op})`
    const translation = TRANSLATIONS[op]
    if (!translation) throw conversionError(`${owner} is an operator that is not supported.`)
    if (outputs.length > 1) throw conversionError(`${owner} makes ${outputs.length} values; one is supported.`)
    return translation({
      builder,
      name,
      shape,
      signature,
      options,
      inputs: inputs.length,
      value: (i) => value(inputs[i], owner),
      constant: (i) => constant(inputs[i]),
      reordered: reorder
    })
  }

  const [input = -1, ...more] = model.inputs
  if (more.length > 0) throw conversionError(`The network has ${more.length + 1} inputs; one is supported.`)
  values.set(input, makeInput(builder, infoOf(input)))
  for (const operator of model.operators) {
    const info = infoOf(operator.outputs[0] ?? -1)
    // Some files compute sizes in whole numbers. They are not needed, because shapes are known.
    if (info.type === 'int32' && !info.quantization) continue
    const result = translate(operator, info)
    values.set(operator.outputs[0]!, 'constant' in result || PASSING.has(operator.op) ? result : rounded(builder, info, result))
  }
  const outputs = model.outputs.map((index) => [infoOf(index).name, value(index, 'The network').ref] as const)
  return expectProportion(builder.build('tflite', Object.fromEntries(outputs)), bytes.length)
}

function makeInput (builder: Builder, info: TensorInfo): Computed {
  const [, ...rest] = perAxis({ picture: info.shape.length === 4 }, info.shape)
  if (rest.length === 0 || rest.some((size) => size < 1)) throw conversionError(`The input ${info.name} has the shape ${info.shape.join(', ')}; [n, …] is expected.`)
  return rounded(builder, info, made(builder.input('input', ['n', ...rest])))
}

/** Ranges of the stored numbers. */
const RANGES = { int8: [-128, 127], uint8: [0, 255] } as const

/**
 * Rounds `x` to the eight-bit steps in which the file stores the value. QuantizeLinear is not used: around it, ONNX Runtime 1.30 turns our
 * float32 weights into int8 with one scale for all kernels.
 */
function rounded (builder: Builder, { name, type, quantization }: TensorInfo, x: Computed): Computed {
  if (type === 'float32') return x
  const [scale, zero = 0] = [quantization?.scales[0], quantization?.zeros[0]]
  if ((type !== 'int8' && type !== 'uint8') || scale === undefined || quantization!.scales.length > 1) {
    throw conversionError(`${name} is computed as ${type}, which is not supported.`)
  }
  const [least, most] = RANGES[type]
  const steps = builder.binary('Div', `${name}/steps`, x.ref, scalar(scale))
  const whole = builder.node('Round', `${name}/whole`, [steps], steps.dims)
  const stored = builder.clip(`${name}/stored`, whole, least - zero, most - zero)
  return { ...x, ref: builder.binary('Mul', `${name}/rounded`, stored, scalar(scale)) }
}
