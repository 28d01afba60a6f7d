import { type ChildProcess, spawn } from 'node:child_process'
import { extname } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { fromMessage, imageDecodeError, imageTooLarge } from '../../errors.ts'
import type { Size } from '../pixels.ts'
import type { Image } from '../image.ts'
import type { Bounds, DecodeAnswer, DecodeRequest } from './decoder-protocol.ts'
import { type Frame, framesOf, writeFrame } from './frames.ts'

/** Decodes pictures in a process of its own, which can be ended at any time. */
export interface Decoder {
  /**
   * As `decode` of decode.ts.
   * @throws {FaceError} image_decode_error, also when the decoder crashed; image_too_large when it needed more than `bounds`; or what `check` throws.
   */
  decode: (bytes: Uint8Array, limit: number, size: Size | undefined, bounds: Bounds) => Promise<Image>
  /** Ends the process. */
  close: () => void
}

/** The process's file is beside this one, .ts when run from source and .js when compiled. */
const ENTRY = fileURLToPath(new URL(`./decoder-process${extname(import.meta.url)}`, import.meta.url))

/** Milliseconds after which a process without work is ended: it keeps 50 MB. */
const IDLE = 10_000
/** Milliseconds between two calls of `check`. */
const CHECK = 100

interface Running {
  readonly child: ChildProcess
  readonly input: Writable
  readonly answers: AsyncGenerator<Frame<DecodeAnswer>>
  readonly end: Promise<End>
}

/** How a process ended: by itself, by a signal, or without having started. */
interface End {
  readonly signal?: string | null
  readonly error?: Error
}

/**
 * Returns a decoder, whose process starts with the first picture (0.1 s) and ends when it has had none for ten seconds. `check` throws when
 * the picture is no longer wanted. Pictures are decoded one after the other.
 */
export function openDecoder (check: () => void): Decoder {
  let running: Running | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  function close (): void {
    running?.child.kill('SIGKILL')
    running = undefined
  }

  async function run (bytes: Uint8Array, request: DecodeRequest): Promise<Image> {
    clearTimeout(idle)
    running ??= start()
    const { input, answers, end } = running
    writeFrame(input, request, bytes)
    const answer = await withCheck(answers.next(), check).catch((error: unknown) => {
      close()
      throw error
    })
    if (answer.done) {
      close()
      throw failure(await end, request.bounds)
    }
    idle = setTimeout(close, IDLE).unref()
    const { head, bytes: data } = answer.value
    if ('error' in head) throw fromMessage(head.error)
    return { ...head, data }
  }

  return {
    async decode (bytes, limit, size, bounds) {
      const decoded = last.then(() => run(bytes, { limit, size: size ?? null, bounds }))
      last = decoded.catch(() => {})
      return await decoded
    },
    close
  }
}

function start (): Running {
  const child = spawn(process.execPath, [...process.execArgv, ENTRY], { stdio: ['pipe', 'pipe', 'inherit'] })
  const end = new Promise<End>((resolve) => {
    child.once('exit', (_code, signal) => resolve({ signal })).once('error', (error) => resolve({ error }))
  })
  // Writing to a process that has ended fails; the missing answer tells of it.
  child.stdin.on('error', () => {})
  return { child, input: child.stdin, answers: framesOf<DecodeAnswer>(child.stdout), end }
}

/** Waits for `promise` as long as `check` does not throw; rejects with what it throws. */
async function withCheck<Value> (promise: Promise<Value>, check: () => void): Promise<Value> {
  const { timer, unwanted } = watch(check)
  try {
    return await Promise.race([promise, unwanted])
  } finally {
    clearInterval(timer)
  }
}

function watch (check: () => void): { timer: NodeJS.Timeout, unwanted: Promise<never> } {
  let timer: NodeJS.Timeout
  const unwanted = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      try {
        check()
      } catch (error) {
        reject(error)
      }
    }, CHECK)
  })
  return { timer: timer!, unwanted }
}

/** The error of a picture for which the process gave no answer. */
function failure ({ signal, error }: End, { milliseconds, memory }: Bounds): Error {
  if (error) return error
  if (signal !== 'SIGKILL') return imageDecodeError('The image is broken in a way that ends its decoder.')
  return imageTooLarge(`Decoding the image takes more than the ${Math.ceil(milliseconds / 1000)} s and ${Math.ceil(memory / 2 ** 20)} MB that its size lets expect. Send it as a JPEG.`)
}
