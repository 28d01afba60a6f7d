import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { buildReal, SAMPLES } from './real.ts'
import { sharedPath } from './shared.ts'

const WEIGHTS = sharedPath('weights')
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const noBrowser = BROWSER === undefined && 'needs Chromium, such as Debian\'s package chromium'
/** Faces on the sample photos: one woman on the first and the fourth, another on the second. */
const FACES = { 1: [838, 415, 197, 240], 4: [249, 200, 182, 250], 2: [1446, 167, 203, 237] } as const

/** Writes portraits of these faces, since only photos of one person are enrolled. Returns their paths. */
async function portraits (folder: string): Promise<Record<keyof typeof FACES, string>> {
  const written = Object.entries(FACES).map(async ([name, [x, y, w, h]]) => {
    const [left, top] = [Math.max(0, x - w), Math.max(0, y - Math.round(0.8 * h))]
    const path = join(folder, `${name}.jpg`)
    // From bytes: the service forbids the process to decode files by their names.
    const photo = await readFile(new URL(`sample${name}.jpg`, SAMPLES))
    await sharp(photo).extract({ left, top, width: 3 * w, height: Math.round(2.6 * h) }).jpeg().toFile(path)
    return [name, path] as const
  })
  return Object.fromEntries(await Promise.all(written)) as Record<keyof typeof FACES, string>
}
const SECRET = 'a-key-for-the-page-of-documentation'

/** The service with this configuration, and its page of documentation in a browser. */
async function open (t: Test, browser: Browser, variables: NodeJS.ProcessEnv = {}, width = 1200) {
  const root = t.testdir({ people: { ann: {} } })
  const photos = await portraits(root)
  await copyFile(photos[1], join(root, 'people', 'ann', 'a.jpg'))
  const service = await buildReal(t, {
    MODELS_MIRROR: existsSync(WEIGHTS) ? WEIGHTS : undefined,
    PRELOAD_MODELS: 'SFace,yunet-int8bq,face-mesh',
    COLLECTIONS_URL: `sqlite:${join(root, 'faces.db')}`,
    FACES_DB_PATH: join(root, 'people'),
    WORKERS: '1',
    REQUEST_TIMEOUT_MS: '250000',
    LOG_LEVEL: 'silent',
    ...variables
  })
  if (typeof service === 'string') return service
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  t.teardown(() => page.close())
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.goto(`${service.origin}/docs`)
  await page.locator('.opblock').first().waitFor()
  return { origin: service.origin, page, root, photos, problems }
}

/** Opens an operation, in its form where it has one. */
async function opened (page: Page, id: string): Promise<Locator> {
  const operation = page.locator(`.opblock[id$="-${id}"]`)
  // A page that is loaded again has the operation of its address open.
  if (await operation.locator('.btn.execute').count() === 0) await operation.locator('.opblock-summary-control').click()
  await operation.locator('.btn.execute').waitFor()
  const kind = operation.locator('.opblock-section-request-body .opblock-section-header select')
  if (await kind.count() > 0 && (await kind.innerText()).includes('multipart/form-data')) await kind.selectOption('multipart/form-data')
  return operation
}

/** Puts files into those fields of a form that need one, or into the first. */
async function attach (operation: Locator, files: readonly string[]): Promise<void> {
  const rows = await operation.locator('.opblock-section-request-body tr.parameters').all()
  const isRequired = async (row: Locator): Promise<boolean> => await row.locator('.parameter__name.required').count() > 0
  const required = (await Promise.all(rows.map(async (row) => await isRequired(row) ? [row] : []))).flat()
  const wanted = required.length > 0 ? required : rows.slice(0, 1)
  for (const [i, row] of wanted.entries()) {
    if (await row.locator('input[type=file]').count() === 0 && await row.locator('.json-schema-form-item-add').count() > 0) {
      await row.locator('.json-schema-form-item-add').click()
    }
    if (await row.locator('input[type=file]').count() > 0) await row.locator('input[type=file]').first().setInputFiles(files[i % files.length]!)
  }
}

/** Selects values of those fields that a form has. */
async function choose (operation: Locator, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const field = operation.locator(`tr[data-property-name=${name}]`).locator('select, input[type=text]').first()
    if (await field.count() === 0) continue
    if (await field.evaluate((element) => (element as unknown as { tagName: string }).tagName) === 'SELECT') await field.selectOption(value)
    else await field.fill(value)
  }
}

/** Sends the request of an operation, and returns status and text of the answer. */
async function executed (operation: Locator): Promise<{ status: number, text: string }> {
  await operation.locator('.btn.execute').click()
  const row = operation.locator('.live-responses-table tbody tr.response').first()
  await row.waitFor({ timeout: 120_000 })
  return { status: parseInt(await row.locator('.response-col_status').innerText()), text: await row.locator('.response-col_description').innerText() }
}

t.test('Swagger UI in a browser', { skip: noBrowser, timeout: 600_000 }, async (t) => {
  const browser = await chromium.launch({ executablePath: BROWSER!, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())

  t.test('every operation works with what is required, from the top of the page to its end', async (t) => {
    const world = await open(t, browser)
    if (typeof world === 'string') return t.pass('needs weights', { skip: world })
    const { page, origin, root, photos, problems } = world
    const get = async (path: string): Promise<any> => await (await fetch(`${origin}/api/v1${path}`)).json()
    const known: Record<string, () => Promise<string>> = {
      collection: async () => 'staff',
      subject: async () => 'ann',
      face: async () => (await get('/collections/staff/subjects/ann/faces')).faces[0].id,
      job: async () => (await get('/collections/staff/cluster-jobs')).jobs[0].id
    }
    const ids = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id.replace(/^operations-.*-/, '')))
    t.ok(ids.length > 40, `${ids.length} operations`)
    t.ok(ids.indexOf('deleteFace') < ids.indexOf('deleteCollection') && ids.indexOf('importCollection') < ids.indexOf('deleteFace'), 'deletions come last')
    const absent = new Set<string>()
    for (const id of ids) {
      const operation = await opened(page, id)
      for (const [name, value] of Object.entries(known)) {
        const field = operation.locator(`tr[data-param-name="${name}"][data-param-in="path"] input`)
        if (await field.count() > 0) await field.fill(await value())
      }
      // DeepFace's defaults: weights that no package has, and a detector that finds nobody on these photos.
      if (id.startsWith('deepface')) await choose(operation, { model_name: 'SFace', detector_backend: 'retinaface' })
      if (id === 'importCollection') {
        const lines = await (await fetch(`${origin}/api/v1/collections/staff/export`)).text()
        await writeFile(join(root, 'staff.ndjson'), lines)
        await operation.locator('input[type=file]').setInputFiles(join(root, 'staff.ndjson'))
      } else if (await operation.locator('.opblock-section-request-body tr.parameters').count() > 0) await attach(operation, [photos[1], photos[4]])
      const { status, text } = await executed(operation)
      // Weights that cannot be had here, and what finds nobody where nobody could be registered.
      const isAbsent = (status === 503 && text.includes('model_unavailable')) || (status === 404 && absent.has('deepfaceRegister'))
      if (isAbsent) absent.add(id)
      t.ok((status >= 200 && status < 300) || isAbsent, `${id}: ${status} ${status < 300 ? '' : text.slice(0, 300)}`)
      await operation.locator('.opblock-summary-control').click()
    }
    t.ok([...absent].every((id) => id.startsWith('deepface')), `without weights: ${[...absent].join(', ')}`)
    t.strictSame(problems, [])
  })

  t.test('two people are two people, and a form sends nothing that nobody filled in', async (t) => {
    const world = await open(t, browser)
    if (typeof world === 'string') return t.pass('needs weights', { skip: world })
    const { page, photos } = world
    const operation = await opened(page, 'verify')
    t.equal(await operation.locator('tr[data-property-name=threshold] input[type=text]').inputValue(), '')
    await attach(operation, [photos[1], photos[2]])
    const { status, text } = await executed(operation)
    t.equal(status, 200)
    t.match(text, /"verified": false[^]*"threshold": 0\.\d+/)
  })

  t.test('a key is kept when the page is loaded again, and a phone shows the page at its width', async (t) => {
    const world = await open(t, browser, { API_KEYS: `${SECRET}:faces+models+metrics` }, 390)
    if (typeof world === 'string') return t.pass('needs weights', { skip: world })
    const { page, photos } = world
    const refused = await executed(await opened(page, 'listModels'))
    t.equal(refused.status, 401)
    await page.locator('.btn.authorize').first().click()
    await page.locator('.auth-container input').first().fill(SECRET)
    await page.locator('.auth-btn-wrapper .btn.authorize').first().click()
    await page.reload()
    await page.locator('.opblock').first().waitFor()
    t.equal((await executed(await opened(page, 'listModels'))).status, 200)
    const verify = await opened(page, 'verify')
    await attach(verify, [photos[1], photos[4]])
    t.equal((await executed(verify)).status, 200)
    t.equal(await page.locator('meta[name=viewport]').getAttribute('content'), 'width=device-width, initial-scale=1')
    t.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 400, 'nothing is wider than the screen')
  })
})
