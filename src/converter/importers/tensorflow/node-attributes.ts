import { conversionError } from '../../conversion-error.ts'
import type { Padding } from '../../graph/shapes.ts'
import type { TfNode } from './graph-def.ts'

/** `scope/conv (Conv2D)`, for messages. */
export const label = ({ name, op }: TfNode): string => `${name} (${op})`

/**
 * Height and width from an attribute with one number per axis of [n, h, w, c].
 * @throws {Error} ConversionError when the numbers of n and c are not 1.
 */
export function pair (node: TfNode, name: string): [number, number] {
  const list = node.attributes[name]?.list?.i ?? [1, 1, 1, 1]
  const [n, h = 1, w = 1, c] = list
  if (list.length !== 4 || n !== 1 || c !== 1) throw conversionError(`${label(node)} has ${name} [${list.join(', ')}]; only height and width may differ from 1.`)
  return [h, w]
}

/** Returns the padding of the window. @throws {Error} ConversionError when it is not SAME, VALID or a list of pixels. */
export function paddingOf (node: TfNode): Padding {
  const { padding, explicit_paddings: explicit } = node.attributes
  if (padding?.s === 'SAME') return 'same'
  if (padding?.s === 'VALID') return 'valid'
  const pixels = explicit?.list?.i ?? []
  if (padding?.s !== 'EXPLICIT' || pixels.length !== 8) throw conversionError(`${label(node)} has the padding ${padding?.s}, which is not known.`)
  return [pixels[2]!, pixels[4]!, pixels[3]!, pixels[5]!]
}

/** @throws {Error} ConversionError when the node does not work on [n, h, w, c]. */
export function expectChannelsLast (node: TfNode): void {
  const format = node.attributes['data_format']?.s ?? 'NHWC'
  if (format !== 'NHWC') throw conversionError(`${label(node)} works on ${format}; only NHWC is supported.`)
}

export const isSet = (node: TfNode, name: string): boolean => node.attributes[name]?.b === true

export const numberOf = (node: TfNode, name: string, otherwise: number): number => node.attributes[name]?.f ?? otherwise
