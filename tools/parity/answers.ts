import { basename } from 'node:path'
import { cosine } from '../../src/match/distance.ts'
import { requestOf } from './bad-input.ts'
import { boxDifference } from './faces.ts'
import type { AntiSpoofRecord, Area, ErrorRecord, FindRecord, FindRow, RepresentVariant, VerifyVariant } from './records.ts'

/** Sends a POST below `/api/v1` to a service whose face database is `db`. Images are named as in the records. */
export type Post = (path: string, body: object, db?: string) => Promise<{ readonly status: number, readonly body: any }>

/** Difference between the service's answers to calls of one kind and the recorded ones. */
export interface AnswersDifference {
  readonly calls: number
  /** Calls with the same faces, order, verdicts and thresholds. */
  readonly alike: number
  /** Calls with arguments or input that the service does not support, or with models that are not part of this version. */
  readonly leftOut: number
  /** Largest differences; NaN when nothing was compared. */
  readonly distance: number
  readonly confidence: number
  /** Smallest cosine between a vector and the recorded one; NaN without vectors. */
  readonly cosine: number
  readonly differing: readonly string[]
}

/** Result of comparing one call. */
interface CallDifference {
  readonly alike: boolean
  readonly distance?: number
  readonly confidence?: number
  readonly cosine?: number
}

/** Arguments of DeepFace that requests have under the same name, or that change no number. Requests take no negative expansion. */
const ARGUMENTS: ReadonlySet<string> = new Set([
  'detector_backend', 'return_face', 'threshold', 'align', 'expand_percentage', 'normalization', 'anti_spoofing', 'enforce_detection',
  'distance_metric', 'max_faces', 'l2_normalize', 'similarity_search', 'k', 'batched'
])

/** @throws {Error} what `post` throws. */
export async function compareVerify (records: readonly VerifyVariant[], post: Post): Promise<AnswersDifference> {
  const nameOfCall = ({ img1, img2, model, kwargs }: VerifyVariant): string => `verify ${nameOf(img1)} ${nameOf(img2)} ${model} ${JSON.stringify(kwargs)}`
  return summary(records, nameOfCall, async ({ img1, img2, model, kwargs, result }) => {
    const answer = await ask(post, 'verify', { img1, img2, model_name: model }, kwargs)
    if (!result || !answer?.body.success) return answer && { alike: !result && !answer.body.success }
    const { verified, threshold, distance, confidence, facial_areas: areas } = answer.body
    const boxes = (['img1', 'img2'] as const).map((img) => {
      const area = result.facial_areas[img]
      return area.x === null || areas[img] === null ? area.x === areas[img] : near(areas[img], area)
    })
    return {
      alike: verified === result.verified && threshold === result.threshold && boxes.every(Boolean),
      distance: Math.abs(distance - result.distance),
      confidence: Math.abs(confidence - result.confidence)
    }
  })
}

/** @throws {Error} what `post` throws. */
export async function compareRepresent (records: readonly RepresentVariant[], post: Post): Promise<AnswersDifference> {
  const nameOfCall = ({ image, images = [], model, kwargs }: RepresentVariant): string => `represent ${image ?? images} ${model} ${JSON.stringify(kwargs)}`
  return summary(records, nameOfCall, async ({ image, images = [], model, kwargs, faces }) => {
    const { return_face: _, ...asked } = kwargs
    const result: any[] = []
    for (const img of image === undefined ? images : [image]) {
      const answer = await ask(post, 'represent', { img, model_name: model }, asked)
      if (!faces || !answer?.body.success) return answer && { alike: !faces && !answer.body.success }
      result.push(...answer.body.result)
    }
    if (!faces) return { alike: false }
    if (result.length !== faces.length) return { alike: false }
    return {
      alike: faces.every(({ facial_area: area, face_confidence: confidence }, i) =>
        near(result[i].facial_area, area) && Math.abs(result[i].face_confidence - confidence) <= 0.01),
      // The length is compared too: with l2_normalize it is 1.
      cosine: Math.min(...faces.map(({ embedding, norm }, i) => {
        const ours = result[i].embedding
        if (Math.abs(Math.hypot(...ours) - norm) > 1e-3 * norm) return -1
        return embedding ? 1 - cosine(embedding, ours) : 1
      }))
    }
  })
}

/** @throws {Error} what `post` throws. */
export async function compareFind (records: readonly FindRecord[], post: Post): Promise<AnswersDifference> {
  const nameOfCall = ({ db, query, detector, metric, variant }: FindRecord): string => `find ${query} in ${db} ${detector} ${metric} ${variant}`
  return summary(records, nameOfCall, async ({ db, query, model, detector, metric, kwargs, faces }) => {
    const { batched: _, ...asked } = kwargs
    const body = { img: query, model_name: model, detector_backend: detector, distance_metric: metric, enforce_detection: false }
    const answer = await ask(post, 'find', body, asked, db)
    if (!answer?.body.success) return answer && { alike: false }
    const { result } = answer.body
    if (result.length !== faces.length) return { alike: false }
    const rows = faces.map(({ rows }, i) => compareRows(result[i], rows))
    return {
      alike: rows.every(({ alike }) => alike),
      distance: most(rows.map(({ distance }) => distance)),
      confidence: most(rows.map(({ confidence }) => confidence))
    }
  })
}

const SIDES = ['source_x', 'source_y', 'source_w', 'source_h', 'target_x', 'target_y', 'target_w', 'target_h'] as const

function compareRows (found: readonly FindRow[], recorded: readonly FindRow[]): Required<Omit<CallDifference, 'cosine'>> {
  const alike = found.length === recorded.length && recorded.every((row, i) =>
    basename(found[i]!.identity) === row.identity &&
    SIDES.every((side) => Math.abs(found[i]![side] - row[side]) <= 1) &&
    (row.threshold === 'inf' || found[i]!.threshold === row.threshold))
  if (!alike) return { alike, distance: NaN, confidence: NaN }
  return {
    alike,
    distance: most(recorded.map(({ distance }, i) => Math.abs(distance - found[i]!.distance))),
    confidence: most(recorded.flatMap(({ confidence }, i) => confidence === undefined ? [] : Math.abs(confidence - found[i]!.confidence!)))
  }
}

/** Tolerance of scores. */
const SCORE = 0.01

/** @throws {Error} what `post` throws. */
export async function compareAntiSpoofing (records: readonly AntiSpoofRecord[], post: Post): Promise<AnswersDifference> {
  const nameOfCall = ({ image, detector, align }: AntiSpoofRecord): string =>
    `extract_faces ${image} ${detector} ${align ? 'align' : 'noalign'}, anti_spoofing`
  return summary(records, nameOfCall, async ({ image, detector, align, faces }) => {
    const answer = await ask(post, 'extract_faces', { img: image, detector_backend: detector, align, anti_spoofing: true }, {})
    if (!faces || !answer?.body.success) return answer && { alike: !faces && !answer.body.success }
    const { result } = answer.body
    return {
      alike: result.length === faces.length && faces.every(({ facial_area: area, is_real: isReal, antispoof_score: score }, i) =>
        near(result[i].facial_area, area) && result[i].is_real === isReal && Math.abs(result[i].antispoof_score - score) <= SCORE)
    }
  })
}

/** Compares whether the same bad input fails. @throws {Error} what `post` throws. */
export async function compareErrors (records: readonly ErrorRecord[], post: Post): Promise<AnswersDifference> {
  return summary(records, (record) => record.case, async (record) => {
    const request = requestOf(record.case)
    const answer = request && await ask(post, request.path, request.body, {}, request.db)
    return answer && { alike: Boolean(answer.body.success) !== Boolean(record.error) }
  })
}

/**
 * Sends a request. Returns undefined when the service does not support an argument or a model. @throws {Error} when the service itself
 * fails.
 */
async function ask (post: Post, path: string, body: object, kwargs: object, db?: string) {
  if (Object.entries(kwargs).some(([name, value]) => !ARGUMENTS.has(name) || (name === 'expand_percentage' && value < 0))) return undefined
  const answer = await post(path, { pipeline: 'deepface', ...body, ...kwargs }, db)
  if (answer.body.error_code === 'model_unavailable') return undefined
  if (answer.body.error_code === 'internal_error') throw new Error(`${path} ${JSON.stringify({ ...body, ...kwargs })}: ${answer.body.message}`)
  return answer
}

const nameOf = (image: string | readonly number[]): string => typeof image === 'string' ? image : `embedding of ${image.length}`

const near = ({ left_eye: leftEye, right_eye: rightEye, ...box }: any, area: Area): boolean =>
  boxDifference({ box, points: { leftEye: leftEye ?? undefined, rightEye: rightEye ?? undefined } }, area) <= 1

/** Largest of the numbers; NaN when there is none. */
const most = (values: ReadonlyArray<number | undefined>): number =>
  values.reduce<number>((max, value) => value === undefined || max > value || Number.isNaN(value) ? max : value, NaN)

async function summary<Record> (
  records: readonly Record[],
  name: (record: Record) => string,
  compare: (record: Record) => Promise<CallDifference | undefined>
): Promise<AnswersDifference> {
  const seen: CallDifference[] = []
  const differing: string[] = []
  for (const record of records) {
    const difference = await compare(record)
    if (!difference) continue
    seen.push(difference)
    if (!difference.alike) differing.push(name(record))
  }
  return {
    calls: seen.length,
    alike: seen.length - differing.length,
    leftOut: records.length - seen.length,
    distance: most(seen.map(({ distance }) => distance)),
    confidence: most(seen.map(({ confidence }) => confidence)),
    cosine: -most(seen.map(({ cosine }) => cosine === undefined ? undefined : -cosine)),
    differing
  }
}
