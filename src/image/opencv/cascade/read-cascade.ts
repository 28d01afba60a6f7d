/** A cascade of boosted stumps over Haar features, in flat arrays; see `evaluate-cascade.ts`. Values are float32; doubles are read faster. */
export interface Cascade {
  /** Width of the window in pixels. */
  readonly width: number
  /** Height of the window in pixels. */
  readonly height: number
  /** For each stage, the number of stumps up to its end. */
  readonly stageEnds: Int32Array
  /** For each stage, the least sum of its stumps that passes. */
  readonly stageThresholds: Float64Array
  /** Threshold of each stump's feature. */
  readonly thresholds: Float64Array
  /** Two for each stump: its value when the feature is not below the threshold, then its value when it is. */
  readonly leaves: Float64Array
  /** Three rectangles for each stump: x, y, width, height, weight; a missing third one is all 0. */
  readonly rectangles: Int32Array
}

/** Numbers for each rectangle. */
export const FIELDS = 5

/** Rectangles for each stump. */
const RECTANGLES = 3

/** Amount by which a sum may miss its threshold: THRESHOLD_EPS of OpenCV's `cascadedetect.hpp`. */
const SLACK = Math.fround(1e-5)

/**
 * Reads an OpenCV cascade, `<cascade type_id="opencv-cascade-classifier">` in XML, of upright Haar features and stumps, as
 * `haarcascade_frontalface_default.xml` and `haarcascade_eye.xml` are.
 * @throws {Error} when it is anything else or is damaged.
 */
export function readCascade (xml: string): Cascade {
  const cascade = only(elements(xml, 'cascade'), 'cascade')
  if (text(cascade, 'featureType') !== 'HAAR' || text(cascade, 'stageType') !== 'BOOST') throw unsupported('features other than HAAR')
  const [head, features] = split(cascade, '<features>')
  const shapes = elements(features, 'rects').map((rects) => items(rects).map((item) => numbers(item, FIELDS)))
  if (/<tilted>\s*1/.test(features)) throw unsupported('tilted features')
  const stageEnds: number[] = []
  const stageThresholds: number[] = []
  const thresholds: number[] = []
  const leaves: number[] = []
  const rectangles: number[] = []
  for (const stage of split(head, '<stages>')[1].split('<stageThreshold>').slice(1)) {
    stageThresholds.push(Math.fround(Math.fround(Number.parseFloat(stage)) - SLACK))
    const nodes = elements(stage, 'internalNodes')
    const values = elements(stage, 'leafValues')
    for (const [i, node] of nodes.entries()) {
      const [down, up, feature, threshold] = numbers(node, 4) as [number, number, number, number]
      const [below, above] = numbers(values[i] ?? '', 2) as [number, number]
      if (down !== 0 || up !== -1) throw unsupported('trees of more than one node')
      thresholds.push(Math.fround(threshold))
      leaves.push(Math.fround(above), Math.fround(below))
      rectangles.push(...shapeOf(shapes[feature]))
    }
    stageEnds.push(thresholds.length)
  }
  if (stageEnds.length === 0 || stageEnds.length !== Number(text(head, 'stageNum'))) throw unsupported('another number of stages than it says')
  return {
    width: Number(text(head, 'width')),
    height: Number(text(head, 'height')),
    stageEnds: Int32Array.from(stageEnds),
    stageThresholds: Float64Array.from(stageThresholds),
    thresholds: Float64Array.from(thresholds),
    leaves: Float64Array.from(leaves),
    rectangles: Int32Array.from(rectangles)
  }
}

/** Two or three rectangles as fifteen numbers. Weights must be integers, so that sums are exact in any order. */
function shapeOf (rectangles: readonly number[][] | undefined): number[] {
  const count = rectangles?.length ?? 0
  if (!rectangles || count < 2 || count > RECTANGLES || !rectangles.flat().every(Number.isInteger)) {
    throw unsupported('features of other rectangles than two or three with whole weights')
  }
  return [...rectangles.flat(), ...Array<number>((RECTANGLES - count) * FIELDS).fill(0)]
}

/** The contents of all elements `<name …>…</name>`, which must not be nested. */
const elements = (xml: string, name: string): string[] =>
  Array.from(xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, 'gs')), ([, content]) => content!)

const items = (xml: string): string[] => elements(xml, '_')

const text = (xml: string, name: string): string => only(elements(xml, name).slice(0, 1), name).trim()

function numbers (list: string, count: number): number[] {
  const found = list.trim().split(/\s+/).map(Number)
  if (found.length !== count || !found.every(Number.isFinite)) throw unsupported(`"${list.trim().slice(0, 40)}" where ${count} numbers belong`)
  return found
}

function split (xml: string, tag: string): [string, string] {
  const at = xml.indexOf(tag)
  if (at < 0) throw unsupported(`no ${tag}`)
  return [xml.slice(0, at), xml.slice(at)]
}

function only (found: readonly string[], name: string): string {
  const [first, ...others] = found
  if (first === undefined || others.length > 0) throw unsupported(`${found.length} elements named ${name}`)
  return first
}

const unsupported = (what: string): Error => new Error(`The file is no cascade that can be read: it has ${what}.`)
