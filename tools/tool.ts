/** `npm run tool -- <name> …`: the one entry point of all programs that measure, compare and generate. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process, { argv, env, execPath, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Command, runCommand } from '../src/commands/command-line.ts'

/** A command in this folder, run in this process. */
interface Tool {
  readonly about: string
  readonly load: () => Promise<{ readonly command: Command, readonly HELP: string }>
}

/** A program in `bench/`. It measures time and memory, so it runs in its own process. `bench/README.md` explains its output. */
interface Benchmark {
  readonly about: string
  readonly program: string
  readonly usage: string
  /** Environment variables that must be set before the process starts. */
  readonly env?: Readonly<Record<string, string>>
}

const TOOLS: Readonly<Record<string, Tool | Benchmark>> = {
  accuracy: { about: 'how often pairs of photos are judged right, on an LFW list or a CSV of pairs', load: () => import('./accuracy.ts') },
  attributes: { about: 'accuracy of age, gender and race on UTKFace, of emotion on FER-2013', load: () => import('./attributes.ts') },
  calibrate: { about: 'thresholds and probability curve of a recogniser, written to its family\'s calibration.ts', load: () => import('./calibrate.ts') },
  clusters: { about: 'how well photos are grouped by person: crowds, albums, children', load: () => import('./clusters.ts') },
  crash: { about: 'kills a process that writes to a collection; no acknowledged write may be lost', load: () => import('./crash.ts') },
  detection: { about: 'recall and precision of each detector on a part of WIDER FACE', load: () => import('./detection.ts') },
  generate: { about: 'writes the files that are generated from the code (npm run generate)', load: () => import('./generate.ts') },
  groups: { about: 'how often turned heads are known again, by their yaw, on photos of CFP', load: () => import('./groups.ts') },
  identify: { about: 'how often people are recognised among all others, over HTTP', load: () => import('./identify.ts') },
  liveness: { about: 'how often anti_spoofing takes prints for people and people for prints', load: () => import('./liveness.ts') },
  parity: { about: 'the deepface pipeline compared with outputs recorded from Python\'s DeepFace', load: () => import('./parity.ts') },
  quality: { about: 'errors against discards: what recognition of a face\'s quality is worth', load: () => import('./quality.ts') },
  rooms: { about: 'structure of the code: imports between rooms, cycles, lengths of files and lines', load: () => import('./rooms.ts') },
  siege: { about: 'attacks a running service and prints which bounds it breaks', load: () => import('./siege.ts') },
  bench: {
    about: 'throughput relative to a bare loop, /health under load, memory (npm run bench)',
    program: 'service',
    usage: '[--seconds 2] [--rounds 15] [--workers 0] [--port 5099]'
  },
  'bench-clusters': {
    about: 'time and memory of grouping whole collections by person',
    program: 'clusters',
    usage: '[--sizes 2000,20000,100000] [--length 128] [--threads 2]'
  },
  'bench-conversion': { about: 'seconds and peak memory of converting large weight files', program: 'conversion', usage: '' },
  'bench-defaults': { about: 'the default detector beside the one it replaced, in one run', program: 'defaults', usage: '[--rounds 40]' },
  'bench-detectors': { about: 'milliseconds of each detector by stage', program: 'detectors', usage: '[detector …] [--runs 15]' },
  'bench-models': {
    about: 'milliseconds a face of each converted graph and of a plain conversion of the same files',
    program: 'models',
    usage: '[model …] [--seconds 2]'
  },
  'bench-replicas': {
    about: 'writes and searches with two instances of the service on one store',
    program: 'replicas',
    usage: '--url postgres://… [--faces 100000x128] [--writes 200]'
  },
  'bench-rotations': { about: 'faces recognised again in rotated photos', program: 'rotations', usage: '[detector …]' },
  'bench-search': {
    about: 'exact searches in a collection and in other engines',
    program: 'search',
    usage: '[--sizes 100000x512] [--queries 200] [--seconds 5] [--port 5098]'
  },
  soak: {
    about: 'memory while thousands of photos of changing sizes are processed',
    program: 'soak',
    usage: '[--images 5000] [--detectors retinaface,yunet]',
    // Set for the service too: without it glibc keeps the memory of closed models and large pictures.
    env: { MALLOC_MMAP_THRESHOLD_: '4194304' }
  }
}

const [name, ...args] = argv.slice(2)
const tool = name === undefined || name.startsWith('-') || !Object.hasOwn(TOOLS, name) ? undefined : TOOLS[name]
if (!tool) {
  if (name !== undefined && !name.startsWith('-')) process.stderr.write(`There is no tool ${name}.\n\n`)
  const list = Object.entries(TOOLS).map(([name, { about }]) => `  ${name.padEnd(17)} ${about}\n`)
  stdout.write(`Usage: npm run tool -- <name> [options]\n\n${list.join('')}\nnpm run tool -- <name> --help prints the usage of one tool.\n`)
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
    stdout.write(`Usage: npm run tool -- ${`${name} ${usage}`.trimEnd()}\n\nMeasures ${about}. bench/README.md explains options and output.\n`)
    return
  }
  const path = fileURLToPath(new URL(`../bench/${program}.js`, import.meta.url))
  // Benchmarks run ONNX Runtime without src/services.ts, which turns its telemetry off for all other programs.
  const environment = { ORT_DISABLE_TELEMETRY: '1', ...needed, ...env }
  const child = spawn(execPath, ['--enable-source-maps', path, ...args], { stdio: 'inherit', env: environment })
  const [code, signal] = await once(child, 'exit') as [number | null, NodeJS.Signals | null]
  process.exitCode = code ?? 1
  if (signal) process.stderr.write(`${name} was ended by ${signal}.\n`)
}
