import { ascii, bytes, joined } from './pickles.ts'

/** Writes dlib's own format. */

export function integer (value: number): Uint8Array {
  const digits: number[] = []
  for (let rest = Math.abs(value); rest > 0 || digits.length === 0; rest = Math.floor(rest / 256)) digits.push(rest % 256)
  return bytes(digits.length | (value < 0 ? 0x80 : 0), ...digits)
}

/** Exact for multiples of 2^-20. */
export const float = (value: number): Uint8Array => joined(integer(value * 2 ** 20), integer(-20))
export const text = (value: string): Uint8Array => joined(integer(value.length), ascii(value))
export const list = (items: readonly Uint8Array[]): Uint8Array => joined(integer(items.length), ...items)
export const column = (values: readonly number[]): Uint8Array => joined(integer(-values.length), integer(-1), ...values.map(float))

const sizes = (dims: readonly number[]): Uint8Array => joined(...dims.map(integer))
export const tensor = (dims: readonly number[], values: readonly number[] = []): Uint8Array =>
  joined(integer(2), sizes(dims), new Uint8Array(Float32Array.from(values).buffer))
const part = (dims: readonly number[]): Uint8Array => joined(integer(1), sizes(dims))
const rates = joined(float(1), float(1), float(1), float(0))
const training = joined(ascii('110'), ...Array.from({ length: 3 }, () => tensor([0, 0, 0, 0])))

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i / 4)

/** Layers as stored in a file; weights count up in quarters. */
export const layers = {
  con: ([out, channels, kernel]: readonly [number, number, number], stride: number, padding: number) => joined(
    text('con_4'), tensor([out * channels * kernel * kernel + out, 1, 1, 1], numbers(out * channels * kernel * kernel + out)),
    ...[out, kernel, kernel, stride, stride, padding, padding].map(integer), part([out, channels, kernel, kernel]), part([1, out, 1, 1]), rates),
  affine: (channels: number) => joined(
    text('affine_'), tensor([2 * channels, 1, 1, 1], numbers(2 * channels)), part([1, channels, 1, 1]), part([1, channels, 1, 1]), integer(0)),
  pool: (name: 'max_pool_2' | 'avg_pool_2', kernel: number, stride: number) => joined(text(name), ...[kernel, kernel, stride, stride, 0, 0].map(integer)),
  fc: (inputs: number, outputs: number) => joined(text('fc_2'), integer(outputs), integer(inputs), tensor([inputs, outputs, 1, 1], numbers(inputs * outputs)),
    part([inputs, outputs, 1, 1]), part([0, 0, 0, 0]), integer(1), rates),
  named: (name: string) => text(name)
}

/** A network of these layers, input first; `mark` stands for a tag or a skip. */
export const network = (first: Uint8Array, rest: ReadonlyArray<Uint8Array | 'mark'>, { loss = 'loss_metric_2', input = 'input_rgb_image_sized', size = 150 } = {}): Uint8Array => joined(
  integer(1), text(loss), float(0.25), float(0.5),
  ...rest.toReversed().map((layer) => integer(layer === 'mark' ? 1 : 2)), integer(3),
  text(input), float(122.75), float(117), float(104.25), integer(size), integer(size),
  first, training, integer(1),
  ...rest.flatMap((layer) => layer === 'mark' ? [] : [layer, training])
)

export interface TreeText {
  readonly splits: ReadonlyArray<readonly [first: number, second: number, threshold: number]>
  readonly leaves: ReadonlyArray<readonly number[]>
}
export interface CascadeText { readonly anchors: readonly number[], readonly deltas: readonly number[], readonly trees: readonly TreeText[] }

export const shapePredictor = (initialShape: readonly number[], cascades: readonly CascadeText[]): Uint8Array => joined(
  integer(1), column(initialShape),
  list(cascades.map(({ trees }) => list(trees.map(({ splits, leaves }) => joined(
    list(splits.map(([first, second, threshold]) => joined(integer(first), integer(second), float(threshold)))), list(leaves.map(column))))))),
  list(cascades.map(({ anchors }) => list(anchors.map(integer)))),
  list(cascades.map(({ deltas }) => joined(integer(deltas.length / 2), ...deltas.map(float))))
)
