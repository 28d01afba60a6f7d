/** `npm run tool -- <name> …`: one entry for all programs that measure, compare and generate. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process, { argv, env, execPath, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Command, runCommand } from '../src/commands/command-line.ts'

/** A command of this folder. */
interface Tool {
  readonly about: string
  readonly load: () => Promise<{ readonly command: Command, readonly HELP: string }>
}

/** A program of `bench/`, which runs in a process of its own: it measures time and memory. `bench/README.md` says how to read it. */
interface Benchmark {
  readonly about: string
  readonly program: string
  readonly usage: string
  /** Variables that must be set before the process starts. */
  readonly env?: Readonly<Record<string, string>>
}

const TOOLS: Readonly<Record<string, Tool | Benchmark>> = {
  accuracy: { about: 'how often one person is told from two, on an LFW list or a CSV of pairs', load: () => import('./accuracy.ts') },
  attributes: { about: 'age, gender, race on UTKFace; emotion on FER-2013', load: () => import('./attributes.ts') },
  calibrate: { about: 'thresholds and probability of a recogniser, written into calibration.ts of its family', load: () => import('./calibrate.ts') },
  crash: { about: 'kill -9 under writers of collections; nothing acknowledged may be lost', load: () => import('./crash.ts') },
  detection: { about: 'recall and precision of each detector on a part of WIDER FACE', load: () => import('./detection.ts') },
  generate: { about: 'writes the files that follow from the code (npm run generate)', load: () => import('./generate.ts') },
  identify: { about: 'how often people are recognised among all others, over HTTP', load: () => import('./identify.ts') },
  parity: { about: 'the deepface pipeline beside outputs recorded from Python DeepFace', load: () => import('./parity.ts') },
  rooms: { about: 'the rooms of the code: their imports, cycles, lengths of files and lines', load: () => import('./rooms.ts') },
  bench: { about: 'throughput beside a bare loop, /health under load, memory (npm run bench)', program: 'service', usage: '[--seconds 2] [--rounds 15] [--workers 0] [--port 5099]' },
  'bench-conversion': { about: 'seconds and peak memory of converting large weight files', program: 'conversion', usage: '' },
  'bench-detectors': { about: 'milliseconds of each detector by stage', program: 'detectors', usage: '[detector …] [--runs 15]' },
  'bench-models': { about: 'milliseconds a face of each graph beside a plain conversion of the same files', program: 'models', usage: '[model …] [--seconds 2]' },
  'bench-replicas': { about: 'two instances of the service on one store', program: 'replicas', usage: '--url postgres://… [--faces 100000x128] [--writes 200]' },
  'bench-rotations': { about: 'faces that are known again in turned photos', program: 'rotations', usage: '[detector …]' },
  'bench-search': { about: 'an exact search in a collection beside other engines', program: 'search', usage: '[--sizes 100000x512] [--queries 200] [--seconds 5] [--port 5098]' },
  soak: {
    about: 'memory over thousands of photos of changing sizes',
    program: 'soak',
    usage: '[--images 5000] [--detectors retinaface,yunet]',
    // The service is run with it too; glibc otherwise keeps the memory of closed models.
    env: { MALLOC_MMAP_THRESHOLD_: '4194304' }
  }
}

const [name, ...args] = argv.slice(2)
const tool = name === undefined || name.startsWith('-') || !Object.hasOwn(TOOLS, name) ? undefined : TOOLS[name]
if (!tool) {
  if (name !== undefined && !name.startsWith('-')) process.stderr.write(`There is no tool ${name}.\n\n`)
  stdout.write(`Usage: npm run tool -- <name> [options]; npm run tool -- <name> --help says more.\n\n${Object.entries(TOOLS).map(([name, { about }]) => `  ${name.padEnd(17)} ${about}\n`).join('')}`)
  process.exitCode = name === undefined || name === '--help' ? 0 : 2
} else if ('program' in tool) await runBenchmark(name!, tool)
else await runTool(tool)

async function runTool (tool: Tool): Promise<void> {
  const { command, HELP } = await tool.load()
  if (args.includes('--help')) stdout.write(HELP)
  else await runCommand(command, { args })
}

async function runBenchmark (name: string, { about, program, usage, env: needed }: Benchmark): Promise<void> {
  if (args.includes('--help')) {
    stdout.write(`Usage: npm run tool -- ${name} ${usage}\n\nPrints ${about}. bench/README.md says how to read it.\n`)
    return
  }
  const path = fileURLToPath(new URL(`../bench/${program}.js`, import.meta.url))
  const child = spawn(execPath, ['--enable-source-maps', path, ...args], { stdio: 'inherit', env: { ...needed, ...env } })
  const [code, signal] = await once(child, 'exit') as [number | null, NodeJS.Signals | null]
  process.exitCode = code ?? 1
  if (signal) process.stderr.write(`${name} was ended by ${signal}.\n`)
}
