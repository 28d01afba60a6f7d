import { basename } from 'node:path'
import { cosine } from '../../src/match/distance.ts'
import { requestOf } from './bad-input.ts'
import { boxDifference } from './faces.ts'
import type { AntiSpoofRecord, Area, ErrorRecord, FindRecord, FindRow, RepresentVariant, VerifyVariant } from './records.ts'

/** The service: a POST below `/api/v1`, with the photos of `db` as its face database. Images are named as the records name them. */
export type Post = (path: string, body: object, db?: string) => Promise<{ readonly status: number, readonly body: any }>

/** How far the service's answers to calls of one kind are from those recorded. */
export interface AnswersDifference {
  readonly calls: number
  /** Calls whose answers say the same: faces, order, verdicts, thresholds. */
  readonly alike: number
  /** Calls with arguments or input that the service does not have, or with models that are not part of this version. */
  readonly leftOut: number
  /** Largest differences; NaN when nothing was compared. */
  readonly distance: number
  readonly confidence: number
  /** Smallest cosine between a vector and the recorded one; NaN when there was none. */
  readonly cosine: number
  readonly differing: readonly string[]
}

/** What one call shows. */
interface Seen {
  readonly alike: boolean
  readonly distance?: number
  readonly confidence?: number
  readonly cosine?: number
}

/** Arguments of DeepFace's that requests have under the same name, or that change no number; requests take no negative expansion. */
const ARGUMENTS: ReadonlySet<string> = new Set(['detector_backend', 'return_face', 'threshold', 'align', 'expand_percentage', 'normalization', 'anti_spoofing', 'enforce_detection', 'distance_metric', 'max_faces', 'l2_normalize', 'similarity_search', 'k', 'batched'])

/** @throws {Error} what `post` throws. */
export async function compareVerify (records: readonly VerifyVariant[], post: Post): Promise<AnswersDifference> {
  return summary(records, ({ img1, img2, model, kwargs }) => `verify ${nameOf(img1)} ${nameOf(img2)} ${model} ${JSON.stringify(kwargs)}`, async ({ img1, img2, model, kwargs, result }) => {
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
  return summary(records, ({ image, images = [], model, kwargs }) => `represent ${image ?? images} ${model} ${JSON.stringify(kwargs)}`, async ({ image, images = [], model, kwargs, faces }) => {
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
      alike: faces.every(({ facial_area: area, face_confidence: confidence }, i) => near(result[i].facial_area, area) && Math.abs(result[i].face_confidence - confidence) <= 0.01),
      // The length matters too: of l2_normalize it is 1.
      cosine: Math.min(...faces.map(({ embedding, norm }, i) => Math.abs(Math.hypot(...result[i].embedding) - norm) > 1e-3 * norm ? -1 : embedding ? 1 - cosine(embedding, result[i].embedding) : 1))
    }
  })
}

/** @throws {Error} what `post` throws. */
export async function compareFind (records: readonly FindRecord[], post: Post): Promise<AnswersDifference> {
  return summary(records, ({ db, query, detector, metric, variant }) => `find ${query} in ${db} ${detector} ${metric} ${variant}`, async ({ db, query, model, detector, metric, kwargs, faces }) => {
    const { batched: _, ...asked } = kwargs
    const answer = await ask(post, 'find', { img: query, model_name: model, detector_backend: detector, distance_metric: metric, enforce_detection: false }, asked, db)
    if (!answer?.body.success) return answer && { alike: false }
    const { result } = answer.body
    if (result.length !== faces.length) return { alike: false }
    const rows = faces.map(({ rows }, i) => compareRows(result[i], rows))
    return { alike: rows.every(({ alike }) => alike), distance: most(rows.map(({ distance }) => distance)), confidence: most(rows.map(({ confidence }) => confidence)) }
  })
}

const SIDES = ['source_x', 'source_y', 'source_w', 'source_h', 'target_x', 'target_y', 'target_w', 'target_h'] as const

function compareRows (found: readonly FindRow[], recorded: readonly FindRow[]): Required<Omit<Seen, 'cosine'>> {
  const alike = found.length === recorded.length && recorded.every((row, i) =>
    basename(found[i]!.identity) === row.identity && SIDES.every((side) => Math.abs(found[i]![side] - row[side]) <= 1) && (row.threshold === 'inf' || found[i]!.threshold === row.threshold))
  if (!alike) return { alike, distance: NaN, confidence: NaN }
  return {
    alike,
    distance: most(recorded.map(({ distance }, i) => Math.abs(distance - found[i]!.distance))),
    confidence: most(recorded.flatMap(({ confidence }, i) => confidence === undefined ? [] : Math.abs(confidence - found[i]!.confidence!)))
  }
}

/** A difference of scores that counts as none. */
const SCORE = 0.01

/** @throws {Error} what `post` throws. */
export async function compareAntiSpoofing (records: readonly AntiSpoofRecord[], post: Post): Promise<AnswersDifference> {
  return summary(records, ({ image, detector, align }) => `extract_faces ${image} ${detector} ${align ? 'align' : 'noalign'}, anti_spoofing`, async ({ image, detector, align, faces }) => {
    const answer = await ask(post, 'extract_faces', { img: image, detector_backend: detector, align, anti_spoofing: true }, {})
    if (!faces || !answer?.body.success) return answer && { alike: !faces && !answer.body.success }
    const { result } = answer.body
    return {
      alike: result.length === faces.length && faces.every(({ facial_area: area, is_real: isReal, antispoof_score: score }, i) =>
        near(result[i].facial_area, area) && result[i].is_real === isReal && Math.abs(result[i].antispoof_score - score) <= SCORE)
    }
  })
}

/** Whether the same bad input fails. @throws {Error} what `post` throws. */
export async function compareErrors (records: readonly ErrorRecord[], post: Post): Promise<AnswersDifference> {
  return summary(records, (record) => record.case, async (record) => {
    const request = requestOf(record.case)
    const answer = request && await ask(post, request.path, request.body, {}, request.db)
    return answer && { alike: Boolean(answer.body.success) !== Boolean(record.error) }
  })
}

/** The answer; undefined where the service does not have an argument or model. @throws {Error} when the service itself fails. */
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

/** The largest of the numbers; NaN when there is none. */
const most = (values: ReadonlyArray<number | undefined>): number => values.reduce<number>((max, value) => value === undefined || max > value || Number.isNaN(value) ? max : value, NaN)

async function summary<Record> (records: readonly Record[], name: (record: Record) => string, compare: (record: Record) => Promise<Seen | undefined>): Promise<AnswersDifference> {
  const seen: Seen[] = []
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
