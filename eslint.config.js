import { existsSync, readFileSync } from 'node:fs'
import neostandard from 'neostandard'

const rooms = JSON.parse(readFileSync(new URL('rooms.json', import.meta.url), 'utf8'))

/** Folders beside `src` are rooms of their own; every other room is a folder or a file of `src`. */
const TOP = ['tools', 'bench', 'plugins', 'routes']
/** A room of one file, such as `src/app.ts`, reaches the others by `./`, a folder by `../`. */
const isFile = (name) => existsSync(new URL(`src/${name}.ts`, import.meta.url))
const filesOf = (name) => TOP.includes(name) ? [`${name}/**`] : isFile(name) ? [`src/${name}.ts`] : [`src/${name}/**`]

const escaped = (text) => text.replace(/[/.]/g, '\\$&')

/** Import paths that lead from one room into another. */
const into = (from, name) => `^${isFile(from) ? '(\\./|\\.\\./)' : '(\\.\\./)+(src/)?'}${escaped(name)}(/|\\.ts$)`

/** Packages other than these. */
const othersThan = (packages) => `^(?!node:|\\.${packages.map((name) => `|${escaped(name)}(/|$)`).join('')})`

/** A room imports what stands in its line of rooms.json, and nothing else. Rooms that import "all" are not bounded. */
const bounded = (files, name, imports) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        ...rooms.order.filter((other) => other.name !== name && !imports.includes(other.name))
          .map((other) => ({ regex: into(name, other.name), message: `${name} may not import ${other.name}: see rooms.json.` })),
        { regex: othersThan(Object.entries(rooms.packages).flatMap(([key, owners]) => owners.includes(name) ? key : [])), message: `${name} may not import this package: see rooms.json.` }
      ]
    }]
  }
})

export default [
  ...neostandard({ ts: true, ignores: ['dist', '.tap', 'coverage'] }),
  {
    files: ['**/*.ts', '**/*.js'],
    rules: { '@stylistic/max-len': ['error', { code: 160, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true }] }
  },
  // A room that is not in the table may import nothing. Of the entries that match a file the last one counts.
  bounded(['src/**', 'plugins/**', 'routes/**'], 'A room that is not in the table', []),
  ...rooms.order.flatMap(({ name, imports }) => imports === 'all' ? [] : [bounded(filesOf(name), name, imports)])
]
