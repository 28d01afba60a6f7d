/** Writes pickles: each function returns the operations that push one value on the stack. */

export type Piece = Uint8Array

export const joined = (...pieces: readonly Piece[]): Piece => new Uint8Array(Buffer.concat(pieces))
export const bytes = (...values: readonly number[]): Piece => Uint8Array.from(values)
export const ascii = (text: string): Piece => Buffer.from(text, 'latin1')

export const u32 = (value: number): Piece => new Uint8Array(Uint32Array.of(value).buffer)
export const u64 = (value: number): Piece => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)

export const NONE = ascii('N')
export const FALSE = bytes(0x89)
export const TRUE = bytes(0x88)
export const int = (value: number): Piece => joined(ascii('J'), u32(value >>> 0))
export const long = (hex: string): Piece => joined(bytes(0x8a, hex.length / 2), Buffer.from(hex, 'hex').reverse())
export const text = (value: string): Piece => joined(ascii('X'), u32(Buffer.byteLength(value)), Buffer.from(value))
export const raw = (value: Piece): Piece => joined(ascii('B'), u32(value.length), value)
export const tuple = (...items: readonly Piece[]): Piece => joined(ascii('('), ...items, ascii('t'))
export const list = (...items: readonly Piece[]): Piece => joined(ascii(']('), ...items, ascii('e'))
const entries = (of: Readonly<Record<string, Piece>>): Piece =>
  joined(ascii('('), ...Object.entries(of).flatMap(([key, value]) => [text(key), value]), ascii('u'))
export const dict = (of: Readonly<Record<string, Piece>>): Piece => joined(ascii('}'), entries(of))
export const global = (module: string, name: string): Piece => ascii(`c${module}\n${name}\n`)
export const reduce = (callee: Piece, ...args: readonly Piece[]): Piece => joined(callee, tuple(...args), ascii('R'))
export const build = (object: Piece, state: Piece): Piece => joined(object, state, ascii('b'))
export const persistent = (id: Piece): Piece => joined(id, ascii('Q'))
export const orderedDict = (of: Readonly<Record<string, Piece>> = {}): Piece => joined(reduce(global('collections', 'OrderedDict')), entries(of))

export const pickle = (value: Piece): Piece => joined(bytes(0x80, 2), value, ascii('.'))
