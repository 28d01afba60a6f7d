import { Type } from '@sinclair/typebox'
import { VERDICT_POLICIES, VERDICT_REASONS, type VerdictPolicy, type VerdictReason } from '../names.ts'
import { oneOf } from './parameters.ts'

const ofBoth = (description: string) =>
  Type.Array(Type.Unsafe<number | null>({ type: ['number', 'null'] }), { minItems: 2, maxItems: 2, description })

/** How the threshold of a pair came about. */
export const verdictField = Type.Optional(Type.Object({
  policy: oneOf(VERDICT_POLICIES, { title: 'VerdictPolicy', description: 'adaptive: the threshold depends on the ages and the poses of the two faces. fixed: it does not, because VERDICT_POLICY says so, a threshold was sent, or it has not been measured for the recogniser.' }),
  reason: oneOf(VERDICT_REASONS, { title: 'VerdictReason', description: '`standard`: the threshold of two adults. `young`: a higher similarity is asked for, because both are estimated younger than 25. `turned`: a lower one, because one head of two is turned by more than 35°. `unknown`: what decides could not be told. `request`: the threshold was sent.' }),
  ages: ofBoth('Estimated ages in years; null where they cannot change the verdict.'),
  yaws: ofBoth('Yaw of the heads in degrees; null where no mesh tells it.')
}, { title: 'Verdict', description: 'In the native pipeline: how the threshold came about.' }))

type OfBoth = readonly [number | undefined, number | undefined]

/** Rounded to a tenth; null for what is not known. */
const inTenths = (value: number | undefined): number | null => value === undefined ? null : Math.round(value * 10) / 10

/** Maps what decided about a pair to its field. */
export const asVerdict = (policy: VerdictPolicy, reason: VerdictReason, ages: OfBoth, yaws: OfBoth) =>
  ({ policy, reason, ages: ages.map(inTenths), yaws: yaws.map(inTenths) })
