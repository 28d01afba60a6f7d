import { fileURLToPath } from 'node:url'
import t from 'tap'
import { FOLDERS } from '../../tools/rooms.ts'
import { readSources } from '../../tools/rooms/read-imports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Words with which a fragment begins instead of a sentence: CONTRIBUTING.md, "House rules". */
const FRAGMENT = /^(?:Of|What|Whatever|Who|Whose|Nobody|Told|Tells)\b/

/** The first words of each comment, with its line. A run of `//` lines is one comment. */
const commentsOf = (text: string): Array<[line: number, start: string]> => text.split('\n').flatMap((line, i, lines) => {
  const start = /(?:^\s*\/\*\*|(?:^|\s)\/\/) ?(.*)$/.exec(line)?.[1]
  if (start === undefined || (/^\s*\/\//.test(line) && /^\s*\/\//.test(lines[i - 1] ?? ''))) return []
  return [[i + 1, start === '' ? lines[i + 1]?.replace(/^[\s*]+/, '') ?? '' : start]]
})

t.test('no comment begins as a fragment', async (t) => {
  const sources = readSources(root, [...FOLDERS, 'test']).filter(({ path }) => path !== 'test/tools/comments.test.ts')
  const comments = sources.flatMap(({ path, text }) => commentsOf(text).map(([line, start]) => ({ at: `${path}:${line}`, start })))
  t.ok(comments.length > 3000, 'comments are found')
  t.strictSame(comments.filter(({ start }) => FRAGMENT.test(start)), [])
})

t.test('a fragment is found in each kind of comment', async (t) => {
  const text = '/** Of the face. */\n/**\n * What it does.\n */\nconst a = 1 // Who knows\n// Fine, but\n// what goes on is no start\n'
  t.strictSame(commentsOf(text).filter(([, start]) => FRAGMENT.test(start)).map(([line]) => line), [1, 2, 5])
})
