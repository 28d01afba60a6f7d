import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { compiledChild } from '../model-store/compiled.ts'

const module = JSON.stringify(pathToFileURL(compiledChild(t, join('src', 'system', 'end-process.ts'))).href)

/** Runs a program that ends itself by `endProcess` with code 3 after `before`; threads have 500 ms. */
function ended (before: string): object {
  const program = `
    import { endProcess } from ${module}
    import { open } from 'node:fs/promises'
    import { Worker } from 'node:worker_threads'
    const online = (code) => new Promise((resolve) => {
      const worker = new Worker(code, { eval: true, execArgv: [] }).once('online', () => resolve(worker))
    })
    ;${before}
    endProcess(3, 500, (threads) => console.log('stuck', threads))`
  const { status, signal, stdout } = spawnSync(execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGABRT' })
  return { status, signal, said: stdout.trim() }
}

t.test('a process ends with its code where no thread is busy', async (t) => {
  t.strictSame(ended(''), { status: 3, signal: null, said: '' })
})

t.test('a thread that ends by itself is waited for', async (t) => {
  t.strictSame(ended("(await online('setTimeout(() => {}, 100)')).on('exit', () => console.log('ended'))"), { status: 3, signal: null, said: 'ended' })
})

t.test('a thread that does not end, in native code or not, is no reason to wait', async (t) => {
  for (const stuck of ["require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512')", 'for (;;);']) {
    t.strictSame(ended(`await online(${JSON.stringify(stuck)})`), { status: null, signal: 'SIGKILL', said: 'stuck 1' }, stuck)
  }
})

t.test('a file that never answers is none either', { skip: process.platform === 'win32' && 'needs mkfifo' }, async (t) => {
  const pipe = join(t.testdir(), 'pipe')
  spawnSync('mkfifo', [pipe])
  // To open a pipe that nobody writes to holds a thread of libuv for ever.
  t.strictSame(ended(`open(${JSON.stringify(pipe)})`), { status: null, signal: 'SIGKILL', said: 'stuck 1' })
})
