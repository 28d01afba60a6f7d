import { fileURLToPath } from 'node:url'
import t from 'tap'
import { FOLDERS } from '../../tools/rooms.ts'
import { readImports, readSources } from '../../tools/rooms/read-imports.ts'
import { type Room, readRooms } from '../../tools/rooms/rooms-table.ts'
import { cyclesOf, longLines, structureOf } from '../../tools/rooms/structure.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('imports run down the table of rooms, and only where it allows them', async (t) => {
  const sources = readSources(root, FOLDERS)
  const { fileCycles, roomCycles, upward, forbidden, homeless, long } = structureOf(sources, readImports(sources), readRooms(`${root}/rooms.json`))
  const problems = { fileCycles, roomCycles, upward, forbidden, homeless, long }
  t.strictSame(problems, { fileCycles: [], roomCycles: [], upward: [], forbidden: [], homeless: [], long: [] })
})

t.test('a room that the table lacks, an import upward and a circle are found', async (t) => {
  const rooms: Room[] = [{ name: 'upper', is: '', imports: ['lower'] }, { name: 'lower', is: '', imports: [] }]
  const file = (path: string, ...imports: string[]) => ({ path, text: imports.map((target) => `import type { T } from '${target}'\n`).join('') })
  const sources = [file('src/upper/a.ts', '../lower/b.ts', './c.ts'), file('src/upper/c.ts', './a.ts'), file('src/lower/b.ts', '../upper/c.ts', 'sharp'), file('src/new/d.ts')]
  const { arrows, upward, forbidden, fileCycles, roomCycles, homeless } = structureOf(sources, readImports(sources), rooms)
  t.strictSame(arrows, [{ from: 'upper', to: 'lower', imports: 1 }, { from: 'lower', to: 'upper', imports: 1 }])
  t.strictSame([upward, forbidden], [['src/lower/b.ts → src/upper/c.ts'], ['src/lower/b.ts → src/upper/c.ts']])
  t.strictSame(fileCycles, [['src/lower/b.ts', 'src/upper/a.ts', 'src/upper/c.ts']])
  t.strictSame([roomCycles, homeless], [[['lower', 'upper']], ['src/new/d.ts']])
})

t.test('two circles that share no node are two, and a chain is none', async (t) => {
  t.strictSame(cyclesOf(new Map([['a', ['b']], ['b', ['a', 'c']], ['c', ['d']], ['d', ['c']]])), [['c', 'd'], ['a', 'b']])
  t.strictSame(cyclesOf(new Map([['a', ['b', 'c']], ['b', ['c']], ['c', []]])), [])
})

t.test('a long text does not make a line of code long', async (t) => {
  const words = 'x'.repeat(200)
  t.strictSame(longLines({ path: 'src/a.ts', text: `short\nconst a = '${words}'\nconst b = \`\${a} ${words}\`\n// ${words}\n` }), ['src/a.ts:4'])
  t.strictSame(longLines({ path: 'src/models/x/cards.ts', text: `// ${words}` }), [])
})
