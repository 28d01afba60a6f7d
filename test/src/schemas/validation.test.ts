import t from 'tap'
import { fieldErrors } from '../../../src/schemas/validation.ts'

const error = (keyword: string, instancePath: string, params: Record<string, unknown> = {}) => ({ keyword, instancePath, params })

t.test('dotted paths and sentences', async (t) => {
  t.strictSame(fieldErrors([
    error('required', '', { missingProperty: 'img' }),
    error('additionalProperties', '', { additionalProperty: 'a/b~c' }),
    error('enum', '/actions/1', { allowedValues: ['age', 'race'] }),
    error('type', '/a~1b/0/c~0d', { type: 'integer' }),
    error('type', '/img1', { type: ['string', 'array'] }),
    error('type', '', { type: 'object' }),
    error('minimum', '/k', { limit: 1 }),
    error('maximum', '/expand_percentage', { limit: 100 }),
    error('minLength', '/img', { limit: 1 }),
    error('minItems', '/one', { limit: 1 }),
    error('minItems', '/two', { limit: 2 }),
    error('maxItems', '/actions', { limit: 16 }),
    { ...error('odd', '/x'), message: 'is odd' },
    error('odd', '/y')
  ]).map(({ field, msg }) => `${field}: ${msg}`), [
    'img: is required',
    'a/b~c: is not a field of this request',
    'actions.1: must be one of age, race',
    'a/b.0.c~d: must be a whole number',
    'img1: must be a string or a list',
    ': must be a JSON object',
    'k: must be 1 or more',
    'expand_percentage: must be 100 or less',
    'one: must have at least 1 item',
    'two: must have at least 2 items',
    'actions: must have at most 16 items',
    'x: is odd',
    'y: is not valid'
  ])
})

t.test('one sentence a field, the list of allowed values before the type', async (t) => {
  const type = error('type', '/model_name', { type: 'string' })
  const list = error('enum', '/model_name', { allowedValues: ['SFace'] })
  for (const errors of [[type, list], [list, type]]) t.strictSame(fieldErrors(errors), [{ field: 'model_name', msg: 'must be one of SFace' }])
})

t.test('long names are cut, and at most 50 errors are reported', async (t) => {
  t.equal(fieldErrors([error('additionalProperties', '', { additionalProperty: 'x'.repeat(1_000_000) })])[0]!.field.length, 200)
  t.equal(fieldErrors(Array.from({ length: 1000 }, (_, i) => error('type', `/a/${i}`, { type: 'number' }))).length, 50)
})
