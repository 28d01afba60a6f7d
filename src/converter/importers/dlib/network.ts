import { conversionError } from '../../conversion-error.ts'
import { cursorOver, type Cursor } from '../cursor.ts'
import { type Layer, layer, training } from './dlib-layers.ts'
import { float, integer, text, version } from './serial.ts'

/** A network of dlib's metric learning example, layers from input to output. */
export interface DlibNetwork {
  /** The input is RGB pictures of this size; the network computes with (value − mean) / 256. */
  readonly input: { readonly mean: readonly [red: number, green: number, blue: number], readonly height: number, readonly width: number }
  readonly layers: readonly Layer[]
}

/**
 * Layers are nested, so a file starts with their versions, outermost first: 1 for a tag or skip, 2 for a layer, 3 for the innermost layer.
 */
const MARK = 1
const LAYER = 2
const FIRST_LAYER = 3

/** Bounds the work on a damaged file; no network has this many layers. */
const MAX_LAYERS = 2000

/**
 * Reads a network that ends in `loss_metric` and starts with `input_rgb_image_sized`, as `dlib_face_recognition_resnet_model_v1.dat` does
 * (dlib 20.0 `dnn/core.h`, `dnn/loss.h`, `dnn/input.h`; King, "Dlib-ml", JMLR 2009). The format does not record which marks are tags, nor
 * where a skip leads: the caller must know the architecture, which is a C++ type in dlib.
 *
 * Weights are views of `bytes`, which must not change afterwards.
 * @throws {Error} ConversionError when the file is damaged, or contains something unsupported, which the message names.
 */
export function readNetwork (bytes: Uint8Array): DlibNetwork {
  const cursor = cursorOver(bytes, 'The dlib file')
  loss(cursor)
  const versions = chain(cursor)
  const input = inputLayer(cursor)
  const layers = [layer(cursor)]
  training(cursor)
  version(cursor, 1, 'an expansion of samples')
  for (const kind of versions.reverse()) {
    if (kind === MARK) {
      layers.push({ kind: 'mark' })
    } else {
      layers.push(layer(cursor))
      training(cursor)
    }
  }
  if (cursor.left() > 0) throw conversionError(`The dlib file has ${cursor.left()} bytes after its last layer.`)
  return { input, layers }
}

function loss (cursor: Cursor): void {
  version(cursor, 1, 'a loss layer')
  const name = text(cursor)
  if (name !== 'loss_metric_2') throw conversionError(`The dlib file ends in ${JSON.stringify(name.slice(0, 40))}; only networks for metric learning, loss_metric_2, are supported.`)
  // Margin and distance threshold, which only training uses.
  float(cursor)
  float(cursor)
}

/** Reads the versions of all layers except the innermost, outermost first. */
function chain (cursor: Cursor): number[] {
  const versions: number[] = []
  for (let found = integer(cursor); found !== FIRST_LAYER; found = integer(cursor)) {
    if (found !== MARK && found !== LAYER) throw conversionError(`The dlib file is damaged or newer: a layer of version ${found}.`)
    if (versions.push(found) > MAX_LAYERS) throw conversionError(`The dlib file is damaged: it has more than ${MAX_LAYERS} layers.`)
  }
  return versions
}

function inputLayer (cursor: Cursor): DlibNetwork['input'] {
  const name = text(cursor)
  if (name !== 'input_rgb_image_sized') throw conversionError(`The dlib file's input is ${JSON.stringify(name.slice(0, 40))}; only input_rgb_image_sized is supported.`)
  return { mean: [float(cursor), float(cursor), float(cursor)], height: integer(cursor), width: integer(cursor) }
}
