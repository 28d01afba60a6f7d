const { fround, trunc } = Math

/**
 * Converts a tensor to the bytes that DeepFace feeds to SFace and Dlib: channels reversed (blue first becomes red first), multiplied by 255
 * unless `scaled` already, truncated, and wrapped around when out of 0..255, as NumPy does on x86: 65025 becomes 1, −12.7 becomes 244. So
 * every normalization except `base` turns the face into noise.
 */
export function toBytes (tensor: Float32Array, scaled = false): Uint8Array {
  const bytes = new Uint8Array(tensor.length)
  const factor = scaled ? 1 : 255
  for (let i = 0; i < tensor.length; i += 3) {
    for (let c = 0; c < 3; c++) bytes[i + c] = trunc(fround(tensor[i + 2 - c]! * factor)) & 255
  }
  return bytes
}
