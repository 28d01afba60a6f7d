import protobuf from 'protobufjs'

/**
 * The subset of TensorFlow's format that we read: tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto of
 * TensorFlow 2.21, with its names and field numbers. Everything else is skipped: devices, versions, the function library.
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package tensorflow;

  message GraphDef {
    repeated NodeDef node = 1;
  }
  message NodeDef {
    string name = 1;
    string op = 2;
    repeated string input = 3;
    map<string, AttrValue> attr = 5;
  }
  message AttrValue {
    message ListValue {
      repeated bytes s = 2;
      repeated int64 i = 3 [packed = true];
      repeated float f = 4 [packed = true];
      repeated TensorShapeProto shape = 7;
    }
    oneof value {
      ListValue list = 1;
      bytes s = 2;
      int64 i = 3;
      float f = 4;
      bool b = 5;
      int32 type = 6;
      TensorShapeProto shape = 7;
      TensorProto tensor = 8;
    }
  }
  message TensorShapeProto {
    message Dim {
      int64 size = 1;
    }
    repeated Dim dim = 2;
    bool unknown_rank = 3;
  }
  message TensorProto {
    int32 dtype = 1;
    TensorShapeProto tensor_shape = 2;
    bytes tensor_content = 4;
    repeated float float_val = 5 [packed = true];
    repeated int32 int_val = 7 [packed = true];
    repeated int64 int64_val = 10 [packed = true];
    repeated bool bool_val = 11 [packed = true];
    repeated int32 half_val = 13 [packed = true];
  }
`, { keepCase: true })

export const graphDef = root.lookupType('tensorflow.GraphDef')

/** An int64 from protobufjs: a Long when it is in the file, a number when the field is absent. */
export type Int64 = number | { readonly toNumber: () => number }

export const toNumber = (value: Int64): number => typeof value === 'number' ? value : value.toNumber()

export interface GraphDef { readonly node: readonly NodeDef[] }

export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly attr: Readonly<Record<string, AttrValue>>
}

export interface AttrValue {
  /** Name of the field that is set. */
  readonly value?: 'list' | 's' | 'i' | 'f' | 'b' | 'type' | 'shape' | 'tensor'
  readonly list: { readonly s: readonly Uint8Array[], readonly i: readonly Int64[], readonly f: readonly number[], readonly shape: readonly TensorShapeProto[] }
  readonly s: Uint8Array
  readonly i: Int64
  readonly f: number
  readonly b: boolean
  readonly type: number
  readonly shape: TensorShapeProto
  readonly tensor: TensorProto
}

export interface TensorShapeProto {
  readonly dim: ReadonlyArray<{ readonly size: Int64 }>
  readonly unknown_rank: boolean
}

export interface TensorProto {
  readonly dtype: number
  readonly tensor_shape: TensorShapeProto | null
  readonly tensor_content: Uint8Array
  readonly float_val: readonly number[]
  readonly int_val: readonly number[]
  readonly int64_val: readonly Int64[]
  readonly bool_val: readonly boolean[]
  readonly half_val: readonly number[]
}

/** The supported values of `DataType` in tensorflow/core/framework/types.proto, with their names there and here. */
export const DATA_TYPES = {
  1: ['DT_FLOAT', 'float32'],
  3: ['DT_INT32', 'int32'],
  4: ['DT_UINT8', 'uint8'],
  9: ['DT_INT64', 'int64'],
  10: ['DT_BOOL', 'bool'],
  12: ['DT_QUINT8', 'uint8'],
  19: ['DT_HALF', 'float16']
} as const
