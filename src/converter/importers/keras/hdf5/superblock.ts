import { conversionError } from '../../../conversion-error.ts'
import { verify } from './checksum.ts'
import { cursorAt, damaged, type Source } from './hdf5-cursor.ts'

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/**
 * Finds the superblock, and returns the width of addresses and the place of the root group. HDF5 File Format Specification 3.0, II.A: it
 * lies at byte 0, 512, 1024, 2048, …
 * @throws {Error} ConversionError when the file is not HDF5 or is damaged.
 */
export function readSuperblock (bytes: Uint8Array): { readonly source: Source, readonly root: number } {
  const start = findSignature(bytes)
  const cursor = cursorAt({ bytes, base: 0, addressSize: 8, lengthSize: 8 }, start + 8)
  const version = cursor.uint(1)
  if (version > 3) throw conversionError(`The HDF5 file has a superblock of version ${version}; versions 0 to 3 are supported.`)
  if (version < 2) cursor.take(4)
  const [addressSize, lengthSize] = [cursor.uint(1), cursor.uint(1)]
  if (![4, 8].includes(addressSize) || ![4, 8].includes(lengthSize)) throw damaged(`its addresses have ${addressSize} bytes, its lengths ${lengthSize}`)
  // Skipped in versions 0 and 1: reserved, sizes of group nodes, flags; in version 1 also the size of chunk nodes. Later versions: flags.
  const before = cursor.at() + [9, 13, 1, 1][version]!
  const rest = cursorAt({ bytes, base: 0, addressSize, lengthSize }, before)
  const base = rest.address() ?? 0
  const source = { bytes, base, addressSize, lengthSize }
  const addresses = cursorAt(source, rest.at())
  // Versions 0 and 1: free space, end, driver, then the root's entry (name, header). Later versions: extension, end, header.
  for (let skipped = version < 2 ? 4 : 2; skipped > 0; skipped--) addresses.take(addressSize)
  const root = addresses.address()
  if (root === undefined) throw damaged('it has no root group')
  if (version >= 2) verify(source, start, addresses.at())
  return { source, root }
}

function findSignature (bytes: Uint8Array): number {
  for (let start = 0; start + 8 <= bytes.length; start = start === 0 ? 512 : start * 2) {
    if (SIGNATURE.every((byte, i) => bytes[start + i] === byte)) return start
  }
  throw conversionError('The file is no HDF5 file: its signature is missing.')
}
