/** Writes an RGB pixel, made of three values of another colour space, into `out` at `to`. */
export type ConvertColour = (out: Uint8Array, to: number, first: number, second: number, third: number) => void

/** Luma of red, green and blue (Rec. 601), the default of TIFF 6.0 §21. */
const REC_601 = [0.299, 0.587, 0.114]
/** Codes of black and of white of Y, and of the zero and the largest value of Cb and Cr, the default of TIFF 6.0 §21. */
const FULL_RANGE = [0, 255, 128, 255, 128, 255]

/**
 * Returns the conversion from YCbCr of 8 bits, as TIFF 6.0 §21 describes it.
 * @param coefficients tag 529; Rec. 601 unless it holds three useful numbers.
 * @param references tag 532; the full range unless it holds six useful numbers.
 */
export function yCbCrToRgb (coefficients: readonly number[], references: readonly number[]): ConvertColour {
  const isUseful = coefficients.length === 3 && coefficients.every((value) => value > 0 && value < 1)
  const [red, green, blue] = (isUseful ? coefficients : REC_601) as [number, number, number]
  const isRange = references.length === 6 && [0, 2, 4].every((i) => references[i + 1]! > references[i]!)
  const [black, white, zeroCb, mostCb, zeroCr, mostCr] = (isRange ? references : FULL_RANGE) as [number, number, number, number, number, number]
  return (out, to, y, cb, cr) => {
    const luma = (y - black) * 255 / (white - black)
    const r = luma + (cr - zeroCr) * 127 / (mostCr - zeroCr) * (2 - 2 * red)
    const b = luma + (cb - zeroCb) * 127 / (mostCb - zeroCb) * (2 - 2 * blue)
    out[to] = toByte(r)
    out[to + 1] = toByte((luma - red * r - blue * b) / green)
    out[to + 2] = toByte(b)
  }
}

/** XYZ of the white D50 (ICC.1:2022 §7.2.16), to which Lab in TIFF refers. */
const D50 = [0.9642, 1, 0.8249] as const
/** From XYZ under D50 to linear sRGB: Bradford's adaptation and IEC 61966-2-1, as http://www.brucelindbloom.com/Eqn_RGB_XYZ_Matrix.html lists it. */
const XYZ_TO_SRGB = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.0334540],
  [0.0719453, -0.2289914, 1.4052427]
] as const

/** Returns the conversion from CIE 1976 L*a*b* under D50, with L from 0 to 100, to sRGB. */
export function labToRgb (): ConvertColour {
  return (out, to, lightness, a, b) => {
    const y = (lightness + 16) / 116
    const [X, Y, Z] = [D50[0] * fromCubeRoot(y + a / 500), D50[1] * fromCubeRoot(y), D50[2] * fromCubeRoot(y - b / 200)]
    for (const [i, [x, yy, z]] of XYZ_TO_SRGB.entries()) out[to + i] = toByte(255 * companded(x * X + yy * Y + z * Z))
  }
}

/** The inverse of f of CIE 15:2004 §8.2.1. */
const fromCubeRoot = (value: number): number => value > 6 / 29 ? value ** 3 : 3 * (6 / 29) ** 2 * (value - 4 / 29)

/** The transfer function of sRGB (IEC 61966-2-1). */
const companded = (linear: number): number => linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055

const toByte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)))
