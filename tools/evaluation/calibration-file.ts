import type { Alignment, Calibration } from '../../src/models/card.ts'

/** Calibrations of one family of recognisers, by name of the card and alignment. */
export type Calibrations = Readonly<Record<string, Partial<Record<Alignment, Calibration>>>>

/** Returns `all` with one measurement added or replaced. */
export const withCalibration = (all: Calibrations, name: string, alignment: Alignment, calibration: Calibration): Calibrations =>
  ({ ...all, [name]: { ...all[name], [alignment]: calibration } })

/** Source text of `src/models/<family>/calibration.ts`. Models are in alphabetical order, so that a new one moves no line of another. */
export function toSource (calibrations: Calibrations): string {
  const sorted = Object.fromEntries(Object.entries(calibrations).sort(([a], [b]) => a < b ? -1 : 1))
  return `import type { Alignment, Calibration } from '../card.ts'

/** Written by \`npm run tool -- calibrate\`; edit nothing here by hand. */
export const calibrations: Readonly<Record<string, Partial<Record<Alignment, Calibration>>>> = ${literal(sorted, '')}
`
}

/** Formats a value as TypeScript; objects of plain values on one line. */
function literal (value: unknown, indent: string): string {
  if (typeof value === 'string') return `'${value.replace(/['\\]/g, '\\$&')}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  const isFlat = entries.every(([, inner]) => typeof inner !== 'object')
  const [inner, between, start, end] = isFlat ? [indent, ', ', '{ ', ' }'] : [`${indent}  `, `,\n${indent}  `, `{\n${indent}  `, `\n${indent}}`]
  return `${start}${entries.map(([key, field]) => `${name(key)}: ${literal(field, inner)}`).join(between)}${end}`
}

const name = (key: string): string => /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`
