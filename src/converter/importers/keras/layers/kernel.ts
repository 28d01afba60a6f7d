import { PIECE, piecewise, type Tensor } from '../../../graph/tensor.ts'

/** Rows processed together: this many cache lines of the kernel are read side by side and written as two. */
const ROWS = 32

/**
 * Transposes a Keras kernel (height, width, in, out) to [out, in, height, width], the shape given by `dims`; likewise the kernel of a Dense
 * layer after Flatten, whose inputs are the `pixels` · `channels` of a picture. Kernels have up to 100 million elements, for which the
 * general transposition takes ten times as long.
 */
export function unitsFirst (kernel: Tensor, channels: number, pixels: number, dims: readonly number[]): Tensor {
  const size = channels * pixels
  const units = dims[0]!
  /** Fills `to` with the units starting at `first`. */
  function fill (to: Float32Array, from: DataView, first: number): void {
    const rows = new Int32Array(ROWS)
    for (let start = 0; start < size; start += ROWS) {
      const count = Math.min(ROWS, size - start)
      for (let i = 0; i < count; i++) {
        const pixel = (start + i) % pixels
        rows[i] = (pixel * channels + (start + i - pixel) / pixels) * units + first
      }
      for (let unit = 0, at = start; at < to.length; unit++, at += size) {
        for (let i = 0; i < count; i++) to[at + i] = from.getFloat32((rows[i]! + unit) * 4, true)
      }
    }
  }
  return piecewise(dims, function * () {
    const { buffer, byteOffset } = kernel.bytes()
    // A DataView, because files may place arrays at any byte.
    const from = new DataView(buffer, byteOffset)
    const each = Math.min(units, Math.max(1, Math.floor(PIECE / size)))
    const piece = new Float32Array(each * size)
    for (let unit = 0; unit < units; unit += each) {
      const part = piece.subarray(0, Math.min(each, units - unit) * size)
      fill(part, from, unit)
      yield part
    }
  })
}
