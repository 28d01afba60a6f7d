import { conversionError } from '../../conversion-error.ts'
import { BUILTIN_OPERATORS } from './builtin-operators.ts'
import { type FlatBuffer, openFlatBuffer, type Table } from './flatbuffer.ts'

/*
 * The subset of TensorFlow Lite's format that we read: version 3 of its `schema.fbs` in TensorFlow 2.21
 * (tensorflow/compiler/mlir/lite/schema/schema.fbs). Numbers are field ids and enum values of that schema.
 */

/** Supported values of `TensorType`. */
const TENSOR_TYPES = { 0: 'float32', 1: 'float16', 2: 'int32', 3: 'uint8', 4: 'int64', 9: 'int8' } as const

export type TensorType = (typeof TENSOR_TYPES)[keyof typeof TENSOR_TYPES]

/** `QuantizationParameters`: real = scale · (stored − zero), with one pair for the whole tensor or one for each index along `axis`. */
export interface Quantization {
  readonly scales: readonly number[]
  readonly zeros: readonly number[]
  readonly axis: number
}

export interface TensorInfo {
  readonly name: string
  /** An unsupported type is its number in `TensorType`. */
  readonly type: TensorType | number
  /** NHWC for four axes. The batch is 1 even when it may vary. */
  readonly shape: readonly number[]
  /** Like `shape`, with −1 for sizes known only at run time; empty when all sizes are fixed. */
  readonly signature: readonly number[]
  readonly quantization: Quantization | undefined
  /** Stored bytes of a constant, a view of the file; undefined for computed tensors. */
  readonly data: Uint8Array | undefined
}

export interface OperatorInfo {
  /** Name in `BuiltinOperator`. */
  readonly op: string
  /** Indices of tensors; −1 for an absent optional input. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly options: Options
}

/** The fields of an operator's options (`Conv2DOptions` and so on), by id. Absent fields are 0. */
export interface Options {
  readonly int8: (id: number) => number
  readonly int32: (id: number) => number
  readonly float32: (id: number) => number
}

export interface TfliteModel {
  readonly tensors: readonly TensorInfo[]
  readonly operators: Iterable<OperatorInfo>
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/**
 * Reads a `.tflite` file. Constants are views of `bytes`, which must not change afterwards.
 * @throws {Error} ConversionError when the file is damaged, of another version, or has several subgraphs.
 */
export function readModel (bytes: Uint8Array): TfliteModel {
  const file = openFlatBuffer(bytes, 'TFL3')
  const version = file.uint32(file.root, 0)
  if (version !== 3) throw conversionError(`The TensorFlow Lite file has version ${version}; version 3 is expected.`)
  const [graph, ...more] = file.tables(file.root, 2)
  if (graph === undefined || more.length > 0) throw conversionError(`The TensorFlow Lite file should have one subgraph; it has ${more.length}${graph === undefined ? '' : ' more'}.`)
  const codes = file.tables(file.root, 1)
  const buffers = file.tables(file.root, 4)
  return {
    tensors: file.tables(graph, 0).map((table) => readTensor(file, table, buffers)),
    inputs: file.int32s(graph, 1),
    outputs: file.int32s(graph, 2),
    operators: readOperators(file, file.tables(graph, 3), codes)
  }
}

/** Yields the operators one by one, so that a file that claims thousands of them does not fill the memory. */
function * readOperators (file: FlatBuffer, tables: readonly Table[], codes: readonly Table[]): Generator<OperatorInfo> {
  for (const table of tables) yield readOperator(file, table, codes)
}

function readOperator (file: FlatBuffer, table: Table, codes: readonly Table[]): OperatorInfo {
  const code = codes[file.uint32(table, 0)]
  if (code === undefined) throw conversionError(`The file is damaged: it uses operator ${file.uint32(table, 0)} of ${codes.length}.`)
  // Codes above 127 are stored only in the newer field (schema.fbs, OperatorCode).
  const builtin = Math.max(file.int8(code, 0), file.int32(code, 3))
  const options = file.table(table, 4)
  const option = (read: FlatBuffer['int8']) => (id: number) => options === undefined ? 0 : read(options, id)
  return {
    op: BUILTIN_OPERATORS[builtin] ?? `operator ${builtin}`,
    inputs: file.int32s(table, 1),
    outputs: file.int32s(table, 2),
    options: { int8: option(file.int8), int32: option(file.int32), float32: option(file.float32) }
  }
}

function readTensor (file: FlatBuffer, table: Table, buffers: readonly Table[]): TensorInfo {
  const name = file.text(table, 3)
  const buffer = buffers[file.uint32(table, 2)]
  if (buffer === undefined) throw conversionError(`The file is damaged: ${name} lies in buffer ${file.uint32(table, 2)} of ${buffers.length}.`)
  if (file.table(table, 6) !== undefined) throw conversionError(`The tensor ${name} is sparse, which is not supported.`)
  const type = file.int8(table, 1)
  const data = file.bytes(buffer, 0)
  return {
    name,
    type: type in TENSOR_TYPES ? TENSOR_TYPES[type as keyof typeof TENSOR_TYPES] : type,
    shape: file.int32s(table, 0),
    signature: file.int32s(table, 7),
    quantization: readQuantization(file, file.table(table, 4)),
    data: data?.length ? data : undefined
  }
}

function readQuantization (file: FlatBuffer, table: Table | undefined): Quantization | undefined {
  const scales = table === undefined ? [] : file.float32s(table, 2)
  return table === undefined || scales.length === 0 ? undefined : { scales, zeros: file.int64s(table, 3), axis: file.int32(table, 6) }
}
