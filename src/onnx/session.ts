import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Device, providers } from './providers.ts'

export interface SessionOptions {
  readonly device: Device
  /** Intra-op threads. More than one spins and loses as soon as anything else runs. */
  readonly threads: number
}

/** One output: values in row-major order. */
export interface Output {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** One open network: pixels in, named values out. */
export interface Session {
  /**
   * `pixels` are [n, height, width, channels]; bytes too where the network's card says float32. Blocks the thread while it computes.
   * @throws {Error} ONNX Runtime's own when the shape does not fit.
   */
  run: (pixels: Uint8Array | Float32Array, shape: readonly [n: number, height: number, width: number, channels: number]) => Promise<ReadonlyMap<string, Output>>
  close: () => Promise<void>
}

/**
 * Opens the converted graph at `path`; its one input is `image`, uint8 or float32 NHWC (see `convert.ts`).
 * @throws {Error} when the file is no such graph or the device's libraries are not there.
 */
export async function openSession (path: string, { device, threads }: SessionOptions): Promise<Session> {
  const session = await InferenceSession.create(path, {
    executionProviders: providers(device),
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Warnings of ONNX Runtime go to stderr outside our log; errors are thrown.
    logSeverityLevel: 3
  })
  const takesFractions = session.inputMetadata.some((input) => input.isTensor && input.type === 'float32')
  return {
    async run (pixels, shape) {
      const image = takesFractions
        ? new Tensor('float32', pixels instanceof Float32Array ? pixels : new Float32Array(pixels), shape)
        : new Tensor('uint8', pixels, shape)
      const outputs = await session.run({ image })
      return new Map(Object.entries(outputs).map(([name, { data, dims }]) => {
        if (!(data instanceof Float32Array)) throw new TypeError(`Output ${name} is no float32 tensor.`)
        return [name, { data, dims }]
      }))
    },
    close: () => session.release()
  }
}

/** The output called `name`. @throws {Error} when the network has none. */
export function output (outputs: ReadonlyMap<string, Output>, name: string): Output {
  const found = outputs.get(name)
  if (!found) throw new Error(`The network has no output ${name}; it has ${[...outputs.keys()].join(', ')}.`)
  return found
}
