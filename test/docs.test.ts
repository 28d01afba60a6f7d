import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const inFolder = (folder: string, recursive = false): string[] =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))

/** The documents, by path from the root of the repository. */
const documents = [...['.', 'docs', 'plugins', 'routes', 'bench', 'onnx-models'].flatMap((folder) => inFolder(folder)), ...inFolder('src', true)]
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const exists = (path: string): boolean => existsSync(join(root, path))

/** A document without its blocks of code. */
const prose = (path: string): string => textOf(path).replace(/^( *)```[^]*?^\1```$/gm, '')

/** The anchors that GitHub gives the headings of a document. */
const anchorsOf = (path: string): Set<string> =>
  new Set([...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')))

t.test('every relative link leads to a file, and to a heading where it names one', async (t) => {
  const leadsSomewhere = (path: string, link: string): boolean => {
    const [file, anchor] = link.split('#') as [string, string | undefined]
    const target = file === '' ? path : relative(root, join(root, dirname(path), file))
    return exists(target) && (anchor === undefined || anchorsOf(target).has(anchor))
  }
  const links = documents.flatMap((path) => [...prose(path).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, link, attribute]) => ({ path, link: (link ?? attribute)! })))
  t.ok(links.length > 50, 'links are found')
  t.strictSame(links.filter(({ path, link }) => !/^https?:/.test(link) && !leadsSomewhere(path, link)), [])
})

t.test('every path of the source that a document names exists', async (t) => {
  const paths = documents.flatMap((path) =>
    [...prose(path).matchAll(/`((?:src|plugins|routes|tools|test|bench|docs|deploy|openapi)\/[^`\s]*)`/g)].map(([, named]) => ({ path, named: named! })))
  t.ok(paths.length > 50, 'paths are found')
  // `src/models/<family>/cards.ts` and `src/models/*/cards.ts` stand for many files in one folder.
  t.strictSame(paths.filter(({ named }) => !exists(named.replace(/[^/]*[<*…].*$/, ''))), [])
})

t.test('every npm script and every tool that a document names exists', async (t) => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const tools = textOf('tools/tool.ts')
  const isThere = (script: string, tool: string | undefined): boolean =>
    Object.hasOwn(scripts, script) && (script !== 'tool' || tool === undefined || new RegExp(`^ +'?${tool}'?: \\{`, 'm').test(tools))
  // The changelog names what was, too.
  const commands = documents.filter((path) => path !== 'CHANGELOG.md').flatMap((path) =>
    [...textOf(path).matchAll(/npm run (?:--silent )?([a-z:]+)(?: -- ([a-z-]+))?/g)].map(([, script, tool]) => ({ path, script: script!, tool })))
  t.ok(commands.length > 50, 'commands are found')
  t.strictSame(commands.filter(({ script, tool }) => !isThere(script, tool)), [])
})
