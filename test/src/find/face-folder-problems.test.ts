import t from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { asFolderProblem } from '../../../src/find/face-folder-problems.ts'

t.test('whatever keeps the folder from being listed is told, and nothing else is changed', async (t) => {
  for (const code of ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'EUCLEAN']) {
    const error = Object.assign(new Error(code), { code, syscall: 'scandir' })
    const problem = asFolderProblem(error) as FaceError
    t.type(problem, FaceError)
    t.match(problem, { code: /^(db_not_found|service_unavailable)$/, message: /FACES_DB_PATH/, cause: error }, code)
  }
  for (const other of [new TypeError('bug'), Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_VALUE' }), 'text', new DOMException('x', 'AbortError')]) {
    t.equal(asFolderProblem(other), other)
  }
})
