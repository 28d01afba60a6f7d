import t from 'tap'
import { Environment } from '../../src/config/config.ts'
import { ERRORS } from '../../src/errors.ts'
import { cardNamed } from '../../src/models/catalogue.ts'
import { configTable, errorTable, modelTable, withTables } from '../../tools/generated/tables.ts'

/** Returns the cells of the rows below the head, without the escapes of Markdown. */
const rows = (table: string): string[][] =>
  table.trimEnd().split('\n').slice(2).map((line) => line.slice(2, -2).split(/ (?<!\\)\| /).map((cell) => cell.replace(/\\([|<])/g, '$1')))

t.test('the table of variables lists each, in order, with its default', async (t) => {
  const table = rows(configTable())
  t.strictSame(table.map(([name]) => name), Object.keys(Environment.properties).map((name) => `\`${name}\``))
  t.strictSame(table.find(([name]) => name === '`PORT`'), ['`PORT`', '`5000`', Environment.properties.PORT.description])
  t.strictSame(table.find(([name]) => name === '`LOG_FORMAT`'), ['`LOG_FORMAT`', '`auto`', 'json for machines, text for people; auto: text on a terminal, json elsewhere. One of `auto`, `json`, `text`.'])
  t.equal(table.find(([name]) => name === '`FACES_DB_PATH`')![1], '', 'no default is an empty cell')
  t.match(configTable(), 'Folder \\<person>/\\<photo>', 'what looks like a tag is escaped')
})

t.test('the table of errors has each with its status', async (t) => {
  t.strictSame(rows(errorTable()), Object.entries(ERRORS).map(([name, { status, when }]) => [`\`${name}\``, String(status), when]))
})

t.test('the table of models says what a licence allows', async (t) => {
  const [sface, retinaface] = rows(modelTable([cardNamed('SFace'), cardNamed('retinaface')]))
  t.strictSame(sface!.slice(0, 5), ['`SFace`', 'recognition, 128 values', '38.7', 'Apache-2.0', 'yes'])
  t.strictSame(retinaface!.slice(0, 5), ['`retinaface`', 'detection', '2.1', 'InsightFace model licence', 'no'])
  t.strictSame(rows(modelTable([cardNamed('yolov8n'), cardNamed('yolov8m'), cardNamed('yolov11n')])).map(([name]) => name), ['`yolov8n`, `yolov8m`', '`yolov11n`'], 'what differs by name alone has one row')
  t.strictSame(modelTable([{ ...cardNamed('SFace'), paper: 'a | b' }]).match(/a .* b/)![0], 'a \\| b', 'a bar ends no cell')
})

t.test('tables are written between their markers, and only there', async (t) => {
  const document = (first: string, second: string) => `a\n<!-- first -->\n${first}<!-- /first -->\nb\n<!-- second -->\n${second}<!-- /second -->\nc\n`
  const tables = { second: '2\n', first: '1\n' }
  t.equal(withTables(document('old\n', ''), tables), document('1\n', '2\n'))
  t.equal(withTables(document('1\n', '2\n'), tables), document('1\n', '2\n'), 'a second run changes nothing')
  t.equal(withTables(document('old\n', 'old\n'), { first: '1\n' }), document('1\n', 'old\n'), 'other parts stay')
  t.throws(() => withTables('<!-- first -->\n', tables), { message: /between <!-- second --> and <!-- \/second -->/ })
})
