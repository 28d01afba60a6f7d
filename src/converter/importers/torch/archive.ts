import { conversionError } from '../../conversion-error.ts'
import { cursorOver } from '../cursor.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import { readZip } from '../zip.ts'
import { byteLength, type Checkpoint, GLOBALS, MODULES } from './tensors.ts'

/**
 * Reads a checkpoint of PyTorch 1.6 or later: a zip with one folder, in which `data.pkl` is the value, `data/<key>` the bytes of each
 * storage, and the optional `byteorder` their byte order (`torch/serialization.py`, PyTorch 2.6).
 * @throws {Error} ConversionError when the file is damaged, or is a TorchScript program, which would have to be executed.
 */
export function readArchive (bytes: Uint8Array): Checkpoint {
  const files = readZip(bytes)
  const path = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (path === undefined) throw conversionError('The archive is no PyTorch checkpoint: it has no data.pkl.')
  const folder = path.slice(0, -'data.pkl'.length)
  if (files.has(`${folder}constants.pkl`)) throw conversionError('The file is a TorchScript program; a checkpoint of a state dict was expected.')
  const littleEndian = byteOrder(files.get(`${folder}byteorder`))
  return {
    value: readPickle(cursorOver(files.get(path)!, 'data.pkl'), { globals: GLOBALS, modules: MODULES }),
    stored (storage) {
      const data = files.get(`${folder}data/${storage.key}`)
      if (!data) throw conversionError(`The archive has no storage ${storage.key}.`)
      if (data.length !== byteLength(storage)) throw conversionError(`The storage ${storage.key} should have ${byteLength(storage)} bytes, and has ${data.length}.`)
      return { type: storage.type, littleEndian, bytes: data }
    }
  }
}

/** True for little-endian, the default before PyTorch 2.1, which did not record it. */
function byteOrder (file: Uint8Array | undefined): boolean {
  const order = file ? new TextDecoder().decode(file) : 'little'
  if (order !== 'little' && order !== 'big') throw conversionError(`The byte order of the archive is ${JSON.stringify(order.slice(0, 20))}, which is none.`)
  return order === 'little'
}
