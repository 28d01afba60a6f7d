import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Device, providers } from './providers.ts'

export interface SessionOptions {
  readonly device: Device
  /** Intra-op threads. More than one spins, and is slower as soon as anything else runs. */
  readonly threads: number
  /**
   * True when inputs have many sizes. ONNX Runtime then does not plan memory ahead: it would make and keep a plan for each size
   * (centerface over 150 sizes: 470 MB a worker with plans, 363 without). With one size the plan makes SFace 3 % faster.
   */
  readonly anySize?: boolean
  /**
   * Whether ONNX Runtime keeps the memory of a run for the next one, which makes runs up to 10 % faster, some small ones 20 %. It keeps that
   * of the largest run, and of each size that did not fit into it: yunet and centerface together 300 MB a worker after a few photos.
   */
  readonly keepsMemory?: boolean
  /** Wraps every call into ONNX Runtime: the thread must not be terminated during one. */
  readonly runCritical?: <Result>(compute: () => Promise<Result>) => Promise<Result>
}

/** One output tensor, values in row-major order. */
export interface Output {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

export type Shape = readonly [n: number, height: number, width: number, channels: number]

/** One open network: pixels in, named values out. */
export interface Session {
  /**
   * Runs `pixels`, [n, height, width, channels]; a network whose card says float32 accepts bytes too. Blocks the thread while it computes.
   * @throws {Error} ONNX Runtime's own when the shape does not fit.
   */
  run: (pixels: Uint8Array | Float32Array, shape: Shape) => Promise<ReadonlyMap<string, Output>>
  close: () => Promise<void>
}

/**
 * A session that keeps memory runs on more pixels than this in a second one that does not (centerface: 1.7 GB a worker after one picture of
 * 6 megapixels). The default detectors' first passes have up to 640 × 640 pixels.
 */
const LARGE = 2 ** 19

/**
 * Opens the converted graph at `path`. Its one input is `image`, uint8 or float32 NHWC (see `src/converter/convert.ts`).
 * @throws {Error} when the file is not such a graph, or the device's libraries are missing.
 *
 * @example
 * const session = await openSession('onnx-models/SFace.onnx', { device: { provider: 'cpu' }, threads: 1 })
 * const outputs = await session.run(rgb, [1, 112, 112, 3])
 */
export async function openSession (path: string, options: SessionOptions): Promise<Session> {
  const { device, threads, anySize = false, keepsMemory = true, runCritical = (compute) => compute() } = options
  const open = (enableCpuMemArena: boolean): Promise<InferenceSession> => InferenceSession.create(path, {
    executionProviders: providers(device),
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    enableMemPattern: !anySize,
    enableCpuMemArena,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Errors only, which are thrown: ONNX Runtime would write warnings to stderr, past our log.
    logSeverityLevel: 3
  })
  const session = await runCritical(() => open(keepsMemory))
  let forLarge: InferenceSession | undefined = keepsMemory ? undefined : session
  const takesFractions = session.inputMetadata.some((input) => input.isTensor && input.type === 'float32')
  // Runs are serialised: they block the thread anyway, and none may use a session that is being closed.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(() => runCritical(work))
    last = turn.catch(() => {})
    return turn
  }

  return {
    run: (pixels, shape) => inTurn(async () => {
      const image = takesFractions
        ? new Tensor('float32', pixels instanceof Float32Array ? pixels : new Float32Array(pixels), shape)
        : new Tensor('uint8', pixels, shape)
      const outputs = await (pixelsOf(shape) > LARGE ? forLarge ??= await open(false) : session).run({ image })
      return new Map(Object.entries(outputs).map(([name, { data, dims }]) => {
        if (!(data instanceof Float32Array)) throw new TypeError(`Output ${name} is no float32 tensor.`)
        return [name, { data, dims }]
      }))
    }),
    close: () => inTurn(async () => { for (const opened of new Set([session, forLarge])) await opened?.release() })
  }
}

/** Pixels of all images of an input. */
export const pixelsOf = ([n, height, width]: Shape): number => n * height * width

/** The output called `name`. @throws {Error} when the network does not have it. */
export function output (outputs: ReadonlyMap<string, Output>, name: string): Output {
  const found = outputs.get(name)
  if (!found) throw new Error(`The network has no output ${name}; it has ${[...outputs.keys()].join(', ')}.`)
  return found
}
