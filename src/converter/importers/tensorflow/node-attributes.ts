import { conversionError } from '../../conversion-error.ts'
import type { Padding } from '../../graph/shapes.ts'
import type { TfNode } from './graph-def.ts'

/** `scope/conv (Conv2D)`, for messages. */
export const label = ({ name, op }: TfNode): string => `${name} (${op})`

/** Height and width of an attribute that has one number an axis of [n, h, w, c]. */
export function pair (node: TfNode, name: string): [number, number] {
  const list = node.attributes[name]?.list?.i ?? [1, 1, 1, 1]
  const [n, h = 1, w = 1, c] = list
  if (list.length !== 4 || n !== 1 || c !== 1) throw conversionError(`${label(node)} has ${name} [${list.join(', ')}]; only height and width may differ from 1.`)
  return [h, w]
}

/** @throws {Error} ConversionError for a padding that is neither SAME, VALID nor a list of pixels. */
export function paddingOf (node: TfNode): Padding {
  const { padding, explicit_paddings: explicit } = node.attributes
  if (padding?.s === 'SAME') return 'same'
  if (padding?.s === 'VALID') return 'valid'
  const pixels = explicit?.list?.i ?? []
  if (padding?.s !== 'EXPLICIT' || pixels.length !== 8) throw conversionError(`${label(node)} has the padding ${padding?.s}, which is not known.`)
  return [pixels[2]!, pixels[4]!, pixels[3]!, pixels[5]!]
}

/** @throws {Error} ConversionError unless the node works on [n, h, w, c]. */
export function expectChannelsLast (node: TfNode): void {
  const format = node.attributes['data_format']?.s ?? 'NHWC'
  if (format !== 'NHWC') throw conversionError(`${label(node)} works on ${format}; only NHWC is supported.`)
}

export const isSet = (node: TfNode, name: string): boolean => node.attributes[name]?.b === true

export const numberOf = (node: TfNode, name: string, otherwise: number): number => node.attributes[name]?.f ?? otherwise
