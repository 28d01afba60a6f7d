import { ascii, bytes, joined, u32 } from './pickles.ts'

/** A `.npy` file with this header, in format `major`. */
export function npy (header: string, data: Uint8Array, major = 1): Uint8Array {
  const text = ascii(`${header}\n`)
  const length = u32(text.length)
  return joined(bytes(0x93), ascii('NUMPY'), bytes(major, 0), major === 1 ? length.subarray(0, 2) : length, text, data)
}

export const header = (descr: string, shape: string, fortran = 'False'): string => `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`

export const dataOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
