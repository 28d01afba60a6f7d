import { conversionError } from './conversion-error.ts'
import type { Conversion, GraphConversion } from './conversion.ts'
import { check } from './graph/check.ts'
import { decode } from './graph/decode-model.ts'
import { encode } from './graph/encode-model.ts'
import type { Graph, Pass } from './graph/graph.ts'
import { importCaffe } from './importers/caffe/import-caffe.ts'
import { embedded } from './importers/dlib/header.ts'
import { readHogDetector } from './importers/dlib/hog-detector.ts'
import { readNetwork } from './importers/dlib/network.ts'
import { importFrozen } from './importers/frozen/import-frozen.ts'
import { importKeras } from './importers/keras/import-keras.ts'
import { readJoblib } from './importers/numpy/joblib.ts'
import { readNestedNpy } from './importers/numpy/nested.ts'
import { importTfjs } from './importers/tfjs/import-tfjs.ts'
import { importTflite } from './importers/tflite/import-tflite.ts'
import { readStateDict } from './importers/torch/read-state-dict.ts'
import { dlibHog } from './networks/dlib-hog.ts'
import { dlibNetwork, joblibNetwork, kerasNetwork, numpyNetwork, torchNetwork } from './networks/network-tables.ts'
import { constantsToInitializers } from './passes/constants-to-initializers.ts'
import { dropInitializerInputs } from './passes/drop-initializer-inputs.ts'
import { foldDequantize } from './passes/fold-dequantize.ts'
import { imageInput } from './passes/image-input.ts'
import { prune } from './passes/prune.ts'
import { removeIdentities } from './passes/remove-identities.ts'
import { rewrite } from './passes/rewrite.ts'
import { selectOutputs } from './passes/select-outputs.ts'

/** Importer of each format: takes published files by name, returns a graph whose input is float32 [n, c, h, w]. */
const IMPORTERS: Readonly<Record<GraphConversion['format'], (files: ReadonlyMap<string, Uint8Array>, conversion: GraphConversion) => Graph>> = {
  onnx: (files) => decode(onlyFile(files)),
  tfjs: importTfjs,
  tflite: (files) => importTflite(onlyFile(files)),
  tensorflow: (files, { outputs = [], input: { size, channels } }) =>
    importFrozen(onlyFile(files), { outputs, ...(size && { picture: [...size, channels === 'GRAY' ? 1 : 3] }) }),
  caffe: (files) => importCaffe(fileWith(files, '.prototxt'), fileWith(files, '.caffemodel')),
  keras: (files, { network }) => importKeras(onlyFile(files), kerasNetwork(network)),
  dlib: (files, { network }) => dlibNetwork(network)(readNetwork(onlyFile(files))),
  'dlib-source': (files) => dlibHog(readHogDetector(embedded(onlyFile(files)))),
  torch: (files, { network }) => torchNetwork(network)(readStateDict(onlyFile(files))),
  joblib: (files, { network }) => joblibNetwork(network)(readJoblib(onlyFile(files))),
  numpy: (files, { network }) => numpyNetwork(network)(readNestedNpy(onlyFile(files)))
}

/** Imports the network as its authors published it. @throws {Error} ConversionError. */
export const importGraph = (conversion: GraphConversion, files: ReadonlyMap<string, Uint8Array>): Graph =>
  IMPORTERS[conversion.format](files, conversion)

/**
 * Converts published files into the graph that is run, as an ONNX file: imported, rewritten into operations that ONNX Runtime runs fast,
 * and with `image`, uint8 or float32 [n, height, width, channels], as its input. A `raw` file is returned unchanged.
 * @throws {Error} ConversionError when the files are damaged or use an unsupported feature.
 * @example
 *     const file = convert(card.conversion, new Map([['weights.h5', bytes]]))
 */
export function convert (conversion: Conversion, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return conversion.format === 'raw' ? onlyFile(files) : encode(optimise(importGraph(conversion, files), conversion))
}

/** Rewrites an imported graph into the one that is run: with the selected outputs, pixels as its input, and all passes applied. */
export const optimise = (graph: Graph, conversion: Pick<GraphConversion, 'input' | 'outputs'>): Graph => check(rewrite(withPixels(graph, conversion)))

/** Returns the graph with the selected outputs and pixels as its input; its operations stay as published. */
export function withPixels (graph: Graph, { input, outputs }: Pick<GraphConversion, 'input' | 'outputs'>): Graph {
  const passes: Pass[] = [
    dropInitializerInputs,
    constantsToInitializers,
    foldDequantize,
    ...(outputs ? [selectOutputs(outputs)] : []),
    prune,
    removeIdentities,
    imageInput(input)
  ]
  return passes.reduce((result, pass) => pass(result), graph)
}

function onlyFile (files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const [bytes, ...others] = files.values()
  if (!bytes || others.length > 0) throw conversionError(`One file was expected; there are ${files.size}.`)
  return bytes
}

function fileWith (files: ReadonlyMap<string, Uint8Array>, ending: string): Uint8Array {
  const [found, ...others] = [...files].filter(([name]) => name.endsWith(ending))
  if (!found || others.length > 0) throw conversionError(`One file *${ending} was expected among ${[...files.keys()].join(', ')}.`)
  return found[1]
}
