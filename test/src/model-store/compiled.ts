import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import ts from 'typescript'

/**
 * Our sources and `child`, one of them or of the tests, as JavaScript, beside node_modules, and gone after the test: a process that has nothing to compile
 * starts in a fraction of the time. Returns the path of the child.
 */
export function compiledChild (t: Test, child = join('test', 'src', 'model-store', 'child.ts')): string {
  mkdirSync('.tap', { recursive: true })
  const folder = mkdtempSync(join('.tap', 'child-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const sources = ['src', 'plugins', 'routes', 'tools'].flatMap((top) => readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => join(top, path)))
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
