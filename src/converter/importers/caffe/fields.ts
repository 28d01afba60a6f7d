import { conversionError } from '../../conversion-error.ts'
import type { Message, Value } from './text-format.ts'

/** One layer of a prototxt: `LayerParameter` of caffe.proto. */
export interface Layer {
  readonly name: string
  readonly type: string
  readonly bottoms: readonly string[]
  readonly tops: readonly string[]
  readonly message: Message
}

export const label = ({ name, type }: Pick<Layer, 'name' | 'type'>): string => `${name} (${type})`

const isMessage = (value: Value | undefined): value is Message => typeof value === 'object'

/** The values of a field that are messages. */
export const messages = (message: Message, name: string): Message[] => (message.get(name) ?? []).filter(isMessage)

export const texts = (message: Message, name: string): string[] => (message.get(name) ?? []).map(String)

/** The values of a field, which must be whole numbers. */
export function numbers (message: Message, name: string): number[] {
  return (message.get(name) ?? []).map((value) => {
    if (!Number.isSafeInteger(value)) throw conversionError(`The prototxt has ${isMessage(value) ? 'a message' : value} for ${name}; a whole number is expected.`)
    return value as number
  })
}

export function number (message: Message, name: string, otherwise: number): number {
  const [value = otherwise] = message.get(name) ?? []
  if (typeof value !== 'number') throw conversionError(`The prototxt has ${isMessage(value) ? 'a message' : value} for ${name}; a number is expected.`)
  return value
}

export const flag = (message: Message, name: string, otherwise: boolean): boolean => {
  const [value] = texts(message, name)
  return value === undefined ? otherwise : value === 'true' || value === '1'
}

export const text = (message: Message, name: string, otherwise: string): string => texts(message, name)[0] ?? otherwise

/** The parameter message of a layer, such as `convolution_param`; empty when the layer has none. */
export const parameters = ({ message }: Layer, name: string): Message => messages(message, name)[0] ?? new Map()

/**
 * Returns the layers that are used in inference. `layers`, the field of Caffe before 2014, identified types by number.
 * @throws {Error} ConversionError when there are no layers, or only ones of the old kind.
 */
export function layersOf (net: Message): Layer[] {
  const all = messages(net, 'layer')
  if (all.length === 0) throw conversionError(net.has('layers') ? 'The prototxt is of Caffe\'s first format; upgrade_net_proto_text makes a new one of it.' : 'The prototxt holds no layers.')
  const training = (message: Message): boolean => messages(message, 'include').some((rule) => text(rule, 'phase', 'TEST') === 'TRAIN')
  return all.filter((message) => !training(message)).map((message) => ({
    name: text(message, 'name', ''), type: text(message, 'type', ''), bottoms: texts(message, 'bottom'), tops: texts(message, 'top'), message
  }))
}
