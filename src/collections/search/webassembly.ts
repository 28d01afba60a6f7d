declare global {
  /** The part of WebAssembly used here: TypeScript declares it in its library for browsers only. */
  namespace WebAssembly {
    class Module {
      constructor (bytes: Uint8Array<ArrayBuffer>)
    }
    class Instance {
      constructor (module: Module, imports: Record<string, Record<string, unknown>>)
      readonly exports: Record<string, unknown>
    }
    class Memory {
      constructor (limits: { initial: number, maximum: number, shared: true })
      readonly buffer: SharedArrayBuffer
      grow (pages: number): number
    }
  }
}

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65_536
