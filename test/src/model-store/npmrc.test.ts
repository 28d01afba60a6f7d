import { join } from 'node:path'
import t from 'tap'
import { npmOptions } from '../../../src/model-store/npmrc.ts'
import { folderOf } from './world.ts'

t.test('the environment goes before the project, and the project before the user', async (t) => {
  const user = folderOf(t, { npmrc: 'registry = https://user.test/\ncache=/user\nstrict-ssl=false\n' })
  const project = folderOf(t, { '.npmrc': '; a comment\n# another\nregistry="https://project.test/"\nproxy=http://project.test:1\nno line\n' })
  t.strictSame(npmOptions({ npm_config_userconfig: join(user, 'npmrc'), npm_config_proxy: 'http://env.test:2', npm_config_https_proxy: 'http://env.test:3', npm_config_registry: '' }, project), {
    registry: 'https://project.test/',
    cache: join('/user', '_cacache'),
    strictSSL: false,
    proxy: 'http://env.test:2',
    httpsProxy: 'http://env.test:3'
  })
})

t.test('scopes and tokens pass as they are; variables are filled in', async (t) => {
  const project = folderOf(t, { '.npmrc': '@scope:registry=https://scope.test/\n//scope.test/:_authToken=$' + '{TOKEN}\nother=$' + '{NONE}\n' })
  t.strictSame(npmOptions({ npm_config_userconfig: join(project, 'none'), TOKEN: 'abc' }, project), {
    '@scope:registry': 'https://scope.test/',
    '//scope.test/:_authToken': 'abc'
  })
})
