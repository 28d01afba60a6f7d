import { archive } from './archives.ts'
import { ascii, dict, FALSE, global, int, joined, list, long, orderedDict, persistent, pickle, reduce, text, TRUE, tuple, u64 } from './pickles.ts'

/** Writes checkpoints as `torch.save` does. */

/** A storage of `torch.<type>Storage`. */
export interface Storage { readonly key: string, readonly type: string, readonly count: number, readonly bytes: Uint8Array }

export const storageOf = (key: string, type: string, values: ArrayBufferView & { readonly length: number }): Storage =>
  ({ key, type, count: values.length, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) })

const reference = ({ key, type, count }: Storage): Uint8Array =>
  persistent(tuple(text('storage'), global('torch', `${type}Storage`), text(key), text('cpu'), int(count)))

export const tensor = (storage: Storage, dims: readonly number[], strides: readonly number[], offset = 0): Uint8Array =>
  reduce(global('torch._utils', '_rebuild_tensor_v2'), reference(storage), int(offset), tuple(...dims.map(int)), tuple(...strides.map(int)), FALSE, orderedDict())

/** The format before PyTorch 1.6. */
export const legacy = (value: Uint8Array, storages: readonly Storage[], littleEndian = true): Uint8Array => joined(
  pickle(long('1950a86a20f9469cfc6c')),
  pickle(int(1001)),
  pickle(dict({ protocol_version: int(1001), little_endian: littleEndian ? TRUE : FALSE })),
  pickle(value),
  pickle(list(...storages.map(({ key }) => text(key)))),
  ...storages.flatMap(({ count, bytes }) => [u64(count), bytes])
)

/** The zip format since PyTorch 1.6. */
export const zipped = (value: Uint8Array, storages: readonly Storage[], { zip64 = false, byteOrder = 'little' } = {}): Uint8Array => archive({
  'archive/data.pkl': pickle(value),
  'archive/byteorder': ascii(byteOrder),
  ...Object.fromEntries(storages.map(({ key, bytes }) => [`archive/data/${key}`, bytes]))
}, { zip64 })
