import { join } from 'node:path'
import t from 'tap'
import { npmOptions } from '../../../src/model-store/npmrc.ts'
import { folderOf } from './world.ts'

t.test('the environment overrides the project, and the project the user', async (t) => {
  const user = folderOf(t, { npmrc: 'registry = https://user.test/\ncache=/user\nstrict-ssl=false\n' })
  const project = folderOf(t, { '.npmrc': '; a comment\n# another\nregistry="https://project.test/"\nproxy=http://project.test:1\nno line\n' })
  const env = {
    npm_config_userconfig: join(user, 'npmrc'),
    npm_config_proxy: 'http://env.test:2',
    npm_config_https_proxy: 'http://env.test:3',
    npm_config_registry: ''
  }
  t.strictSame(npmOptions({ env, folder: project, home: folderOf(t) }), {
    registry: 'https://project.test/',
    cache: join('/user', '_cacache'),
    strictSSL: false,
    proxy: 'http://env.test:2',
    httpsProxy: 'http://env.test:3'
  })
})

t.test('the user\'s file is the .npmrc of the home folder unless the environment names another', async (t) => {
  const home = folderOf(t, { '.npmrc': 'registry=https://home.test/\n' })
  const folder = folderOf(t)
  t.strictSame(npmOptions({ env: {}, folder, home }), { registry: 'https://home.test/' })
  t.strictSame(npmOptions({ env: { npm_config_userconfig: join(folder, 'none') }, folder, home }), {})
})

t.test('scopes and tokens are passed on unchanged; variables are filled in', async (t) => {
  const project = folderOf(t, { '.npmrc': '@scope:registry=https://scope.test/\n//scope.test/:_authToken=$' + '{TOKEN}\nother=$' + '{NONE}\n' })
  t.strictSame(npmOptions({ env: { TOKEN: 'abc' }, folder: project, home: folderOf(t) }), {
    '@scope:registry': 'https://scope.test/',
    '//scope.test/:_authToken': 'abc'
  })
})
