/** A cascade of boosted stumps over Haar features, in flat arrays; see `evaluate.ts`. */
export interface Cascade {
  /** Of the window, in pixels. */
  readonly width: number
  readonly height: number
  /** For each stage the number of stumps up to its end, and what their sum must reach. */
  readonly stageEnds: Int32Array
  readonly stageThresholds: Float64Array
  /** For each stump what its feature is compared with. All of these are float32 by value; doubles are read faster. */
  readonly thresholds: Float64Array
  /** Two a stump: what it adds when its feature is not below the threshold, and what when it is. */
  readonly leaves: Float64Array
  /** Three rectangles a stump: x, y, width, height, weight; a missing third one is all 0. */
  readonly rectangles: Int32Array
}

/** Numbers a rectangle, rectangles a stump. */
export const FIELDS = 5
const RECTANGLES = 3

/** Sums may miss their threshold by so much: THRESHOLD_EPS of OpenCV's `cascadedetect.hpp`. */
const SLACK = Math.fround(1e-5)

/**
 * Reads an OpenCV cascade, `<cascade type_id="opencv-cascade-classifier">` in XML, of upright Haar features and stumps, as
 * `haarcascade_frontalface_default.xml` and `haarcascade_eye.xml` are.
 * @throws {Error} when it is something else or has been damaged.
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

/** Two or three rectangles as fifteen numbers. Weights are whole numbers: sums stay exact, whatever the order they are made in. */
function shapeOf (rectangles: readonly number[][] | undefined): number[] {
  const count = rectangles?.length ?? 0
  if (!rectangles || count < 2 || count > RECTANGLES || !rectangles.flat().every(Number.isInteger)) throw unsupported('features of other rectangles than two or three with whole weights')
  return [...rectangles.flat(), ...Array<number>((RECTANGLES - count) * FIELDS).fill(0)]
}

/** The contents of all `<name …>…</name>`; elements of one name are not nested in each other. */
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
