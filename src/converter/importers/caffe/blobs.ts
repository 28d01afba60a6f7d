import protobuf from 'protobufjs'
import { conversionError } from '../../conversion-error.ts'
import { byteLength, shapeText, type Tensor } from '../../graph/tensor.ts'

/**
 * The subset of `.caffemodel` that we read: src/caffe/proto/caffe.proto of BVLC/caffe 1.0, with its names and field numbers.
 * The prototxt describes the layers; this file holds their learned tensors.
 * The packed `data` is declared as bytes, so that it stays a view of the file.
 */
const net = protobuf.parse(`
  syntax = "proto2";
  package caffe;

  message NetParameter {
    repeated V1LayerParameter layers = 2;
    repeated LayerParameter layer = 100;
  }
  message LayerParameter {
    optional string name = 1;
    repeated BlobProto blobs = 7;
  }
  message V1LayerParameter {
    optional string name = 4;
    repeated BlobProto blobs = 6;
  }
  message BlobProto {
    optional int32 num = 1;
    optional int32 channels = 2;
    optional int32 height = 3;
    optional int32 width = 4;
    optional bytes data = 5;
    optional BlobShape shape = 7;
  }
  message BlobShape {
    repeated int64 dim = 1 [packed = true];
  }
`, { keepCase: true }).root.lookupType('caffe.NetParameter')

interface NetParameter { readonly layers: readonly LayerParameter[], readonly layer: readonly LayerParameter[] }
interface LayerParameter { readonly name: string, readonly blobs: readonly BlobProto[] }
interface BlobProto {
  readonly num: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly data: Uint8Array
  readonly shape: { readonly dim: ReadonlyArray<number | { readonly toNumber: () => number }> } | null
}

/**
 * Reads the learned tensors of each layer, keyed by the layer's name. They are views of `bytes`.
 * @throws {Error} ConversionError when the file is damaged or a tensor does not fill its shape.
 */
export function readBlobs (bytes: Uint8Array): ReadonlyMap<string, readonly Tensor[]> {
  const { layers, layer } = parse(bytes)
  return new Map([...layers, ...layer].filter(({ blobs }) => blobs.length > 0).map(({ name, blobs }) => [name, blobs.map((blob) => toTensor(name, blob))]))
}

function parse (bytes: Uint8Array): NetParameter {
  try {
    const reader = protobuf.Reader.create(bytes)
    reader.discardUnknown = true
    // The interfaces beside the schema supply the types that protobufjs' reflection cannot give TypeScript.
    return net.decode(reader) as unknown as NetParameter
  } catch (cause) {
    throw conversionError(`The file is no Caffe model, or cut off (${bytes.length} bytes).`, cause)
  }
}

function toTensor (name: string, { shape, data, num, channels, height, width }: BlobProto): Tensor {
  const dims = shape ? shape.dim.map((dim) => typeof dim === 'number' ? dim : dim.toNumber()) : [num, channels, height, width]
  const expected = byteLength({ type: 'float32', dims })
  if (data.length !== expected || dims.some((dim) => dim < 0)) throw conversionError(`A tensor of the layer ${name} has ${data.length} bytes; its shape ${shapeText(dims)} needs ${expected}.`)
  return { type: 'float32', dims, bytes: () => data }
}
