import protobuf from 'protobufjs'

/**
 * The part of ONNX's format that we read and write: onnx/onnx.proto of ONNX 1.17 (IR version 10), with its names and field numbers.
 * Omitted fields are skipped on reading: documentation, value_info, training, quantization annotations.
 *
 * Two fields differ in type, not in bytes: packed `float_data` and `double_data` are read as raw bytes, which yields views of the file
 * instead of JavaScript arrays of eight bytes a number.
 */
const { root } = protobuf.parse(`
  syntax = "proto2";
  package onnx;

  message ModelProto {
    optional int64 ir_version = 1;
    repeated OperatorSetIdProto opset_import = 8;
    optional string producer_name = 2;
    optional string producer_version = 3;
    optional GraphProto graph = 7;
    repeated StringStringEntryProto metadata_props = 14;
    repeated Skipped functions = 25;
  }
  message OperatorSetIdProto {
    optional string domain = 1;
    optional int64 version = 2;
  }
  message StringStringEntryProto {
    optional string key = 1;
    optional string value = 2;
  }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated Skipped sparse_initializer = 15;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string op_type = 4;
    optional string domain = 7;
    repeated AttributeProto attribute = 5;
  }
  message AttributeProto {
    optional string name = 1;
    optional int32 type = 20;
    optional float f = 2;
    optional int64 i = 3;
    optional bytes s = 4;
    optional TensorProto t = 5;
    repeated float floats = 7;
    repeated int64 ints = 8;
    repeated bytes strings = 9;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    optional bytes float_data = 4;
    repeated int32 int32_data = 5 [packed = true];
    repeated int64 int64_data = 7 [packed = true];
    optional bytes double_data = 10;
    optional string name = 8;
    optional bytes raw_data = 9;
    repeated StringStringEntryProto external_data = 13;
  }
  message ValueInfoProto {
    optional string name = 1;
    optional TypeProto type = 2;
  }
  message TypeProto {
    message Tensor {
      optional int32 elem_type = 1;
      optional TensorShapeProto shape = 2;
    }
    optional Tensor tensor_type = 1;
  }
  message TensorShapeProto {
    message Dimension {
      optional int64 dim_value = 1;
      optional string dim_param = 2;
    }
    repeated Dimension dim = 1;
  }
  message Skipped {}
`, { keepCase: true })

export const model = root.lookupType('onnx.ModelProto')
export const graph = root.lookupType('onnx.GraphProto')
export const tensor = root.lookupType('onnx.TensorProto')

/** An int64 in protobufjs: a number when written, a Long, whose text is exact, when read. */
export type Int64 = number | { toNumber: () => number, toString: () => string }

export interface ModelProto {
  readonly ir_version?: Int64
  readonly opset_import?: ReadonlyArray<{ readonly domain?: string, readonly version?: Int64 }>
  readonly producer_name?: string
  readonly producer_version?: string
  readonly graph?: GraphProto | null
  readonly metadata_props?: readonly Entry[]
  readonly functions?: readonly object[]
}

export interface Entry { readonly key?: string, readonly value?: string }

export interface GraphProto {
  readonly node?: readonly NodeProto[]
  readonly name?: string
  readonly initializer?: readonly TensorProto[]
  readonly sparse_initializer?: readonly object[]
  readonly input?: readonly ValueInfoProto[]
  readonly output?: readonly ValueInfoProto[]
}

export interface NodeProto {
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly name?: string
  readonly op_type?: string
  readonly domain?: string
  readonly attribute?: readonly AttributeProto[]
}

export interface AttributeProto {
  readonly name?: string
  readonly type?: number
  readonly f?: number
  readonly i?: Int64
  readonly s?: Uint8Array
  readonly t?: TensorProto | null
  readonly floats?: readonly number[]
  readonly ints?: readonly Int64[]
  readonly strings?: readonly Uint8Array[]
}

export interface TensorProto {
  readonly dims?: readonly Int64[]
  readonly data_type?: number
  readonly float_data?: Uint8Array
  readonly int32_data?: readonly number[]
  readonly int64_data?: readonly Int64[]
  readonly double_data?: Uint8Array
  readonly name?: string
  readonly raw_data?: Uint8Array
  readonly external_data?: readonly Entry[]
}

export interface ValueInfoProto {
  readonly name?: string
  readonly type?: {
    readonly tensor_type?: {
      readonly elem_type?: number
      readonly shape?: { readonly dim?: ReadonlyArray<{ readonly dim_value?: Int64, readonly dim_param?: string }> } | null
    } | null
  } | null
}

/** Numbers in `AttributeProto.AttributeType` of the types we support. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const
