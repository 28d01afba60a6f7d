const { fround, trunc } = Math

/**
 * A tensor as the bytes that DeepFace gives to SFace and Dlib: channels reversed (blue first becomes red first), × 255 unless
 * `scaled` already, fractions cut off, and what is out of 0..255 wrapped around as NumPy does on x86: 65025 becomes 1, −12.7
 * becomes 244. So every normalization but `base` makes noise of the face.
 */
export function toBytes (tensor: Float32Array, scaled = false): Uint8Array {
  const bytes = new Uint8Array(tensor.length)
  const factor = scaled ? 1 : 255
  for (let i = 0; i < tensor.length; i += 3) {
    for (let c = 0; c < 3; c++) bytes[i + c] = trunc(fround(tensor[i + 2 - c]! * factor)) & 255
  }
  return bytes
}
