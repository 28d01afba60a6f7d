import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import ts from 'typescript'

/**
 * Compiles the sources and `child`, a file of the sources or tests, into a temporary folder beside node_modules, and returns the path of
 * the compiled child. A process that has nothing to compile starts in a fraction of the time.
 */
export function compiledChild (t: Test, child = join('test', 'src', 'model-store', 'child.ts')): string {
  mkdirSync('.tap', { recursive: true })
  const folder = mkdtempSync(join('.tap', 'child-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const sources = ['src', 'plugins', 'routes', 'tools'].flatMap((top) => {
    const paths = readdirSync(top, { recursive: true, encoding: 'utf8' })
    return paths.filter((path) => path.endsWith('.ts')).map((path) => join(top, path))
  })
  for (const path of new Set([...sources, child])) {
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true }
    })
    const target = join(folder, path.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
  return join(folder, child.replace(/\.ts$/, '.js'))
}
