import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { readEnvFile } from '../../../src/config/env-file.ts'
import { sharedPath } from '../../shared.ts'

const TEXT = '# a comment\nAPI_KEYS=key-0123456789abcdef\nPORT=6001\n'

function file (t: Test, bytes: Uint8Array | string): string {
  const path = join(t.testdir({}), '.env')
  writeFileSync(path, bytes)
  return path
}

const utf16 = (text: string, big: boolean): Buffer => big ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, 'utf16le')

t.test('an encoding that editors write is read, first variable and all', async (t) => {
  const encodings = {
    'UTF-8': Buffer.from(TEXT),
    'UTF-8 with a byte order mark': Buffer.from(`\ufeff${TEXT}`),
    'UTF-8 with a mark before a variable': Buffer.from(`\ufeff${TEXT.split('\n').slice(1).join('\n')}`),
    'UTF-16, little endian': utf16(`\ufeff${TEXT}`, false),
    'UTF-16, big endian': utf16(`\ufeff${TEXT}`, true),
    'Windows line ends': Buffer.from(TEXT.replaceAll('\n', '\r\n')),
    'old Mac line ends': Buffer.from(TEXT.replaceAll('\n', '\r')),
    'export before the names': Buffer.from(TEXT.replaceAll(/^([A-Z])/gm, 'export $1'))
  }
  for (const [what, bytes] of Object.entries(encodings)) {
    t.strictSame({ ...readEnvFile(file(t, bytes)) }, { API_KEYS: 'key-0123456789abcdef', PORT: '6001' }, what)
    t.equal(readConfig({}, { dotenv: file(t, bytes) }).API_KEYS.length, 1, `${what}: the key counts`)
  }
})

t.test('an encoding that cannot be known stops the start', async (t) => {
  const encodings = {
    'UTF-16 without a mark': utf16(TEXT, false),
    'UTF-32': Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from([...TEXT].flatMap((c) => [c.charCodeAt(0), 0, 0, 0]))]),
    'Latin-1': Buffer.from('# Schlüssel\nAPI_KEYS=key-0123456789abcdef\n', 'latin1'),
    'a truncated UTF-8 character': Buffer.concat([Buffer.from(TEXT), Buffer.from([0xc3])])
  }
  for (const [what, bytes] of Object.entries(encodings)) t.throws(() => readEnvFile(file(t, bytes)), { name: 'ConfigError', message: /is not UTF-8 text/ }, what)
})

t.test('a line that is no variable stops the start', async (t) => {
  for (const [text, line] of [['PORT: 6001\nMETRICS=true\n', 1], [`${TEXT}API_KEYS\n`, 4], ['PORT=1\n = 2\n', 2], ['[server]\nPORT=1\n', 1]] as const) {
    t.throws(() => readEnvFile(file(t, text)), { name: 'ConfigError', message: new RegExp(`^Line ${line} of `) }, text)
  }
  t.strictSame({ ...readEnvFile(file(t, 'A="two\nlines # and no comment"\n\n  # indented\nB=\'x\'\nC="open\nD=1\n')) }, { A: 'two\nlines # and no comment', B: 'x', C: '"open', D: '1' })
  t.strictSame({ ...readEnvFile(join(t.testdir({}), 'none')) }, {})
})

t.test('the files that outsiders tried', { skip: !existsSync(sharedPath('cases/env-bom.env')) && 'needs ../shared/cases' }, async (t) => {
  for (const name of ['env-bom.env', 'env-utf16.env']) {
    const path = join(t.testdir({}), '.env')
    copyFileSync(sharedPath(`cases/${name}`), path)
    t.ok(readConfig({}, { dotenv: path }).API_KEYS.length > 0, `${name}: the service asks for a key`)
  }
})

t.test('a token of DeepFace\'s own service is one more key', async (t) => {
  const { API_KEYS } = readConfig({ API_KEYS: 'key-0123456789abcdef:models', DEEPFACE_AUTH_TOKEN: 'token-0123456789abcdef' })
  t.strictSame(API_KEYS.map(({ scopes }) => scopes.size), [1, 3])
  t.equal(readConfig({}).API_KEYS.length, 0)
  t.throws(() => readConfig({ DEEPFACE_AUTH_TOKEN: 'hunter2' }), { message: 'DEEPFACE_AUTH_TOKEN has 7 characters; it must have 16 to 256, all of them visible ASCII.' })
})
