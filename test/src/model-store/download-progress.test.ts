import t from 'tap'
import { line, showProgress } from '../../../src/model-store/download-progress.ts'

t.test('a line shows a bar and megabytes', async (t) => {
  t.equal(line({ what: 'a', done: 5e5, total: 1e6 }), 'a [##########----------] 0.5 MB of 1.0 MB')
  t.equal(line({ what: 'a', done: 2e6, total: 1e6 }), 'a [####################] 2.0 MB of 1.0 MB', 'more than announced')
  t.equal(line({ what: 'a', done: 5e5, total: undefined }), 'a 0.5 MB')
})

t.test('without a terminal: a log line every two seconds, and one at the end', async (t) => {
  const said: string[] = []
  let time = 0
  const show = showProgress({ log: { info: (_object, message) => said.push(message), warn () {} }, stream: { write: t.fail }, now: () => time })
  for (const [at, done] of [[0, 1e5], [1999, 2e5], [2000, 3e5], [3999, 4e5], [4001, 1e6]] as const) {
    time = at
    show({ what: 'a', done, total: 1e6 })
  }
  t.strictSame(said, ['a [######--------------] 0.3 MB of 1.0 MB', 'a [####################] 1.0 MB of 1.0 MB'])
})

t.test('on a terminal: one line that is rewritten, and kept when it is done', async (t) => {
  let screen = ''
  let time = 0
  const show = showProgress({
    log: { info: () => t.fail(), warn: () => t.fail() },
    stream: { isTTY: true, write: (text) => { screen += text } },
    now: () => time
  })
  show({ what: 'a', done: 1e5, total: undefined })
  show({ what: 'b', done: 1e5, total: undefined })
  time = 100
  show({ what: 'a', done: 2e5, total: undefined })
  show({ what: 'a', done: 3e5, total: 3e5 })
  t.strictSame(screen.split('\r\x1b[2K').slice(1), ['a 0.1 MB', 'a 0.2 MB  b 0.1 MB', 'a [####################] 0.3 MB of 0.3 MB\n', 'b 0.1 MB'])
})
