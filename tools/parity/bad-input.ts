/** A request below `/api/v1`. */
export interface BadRequest {
  readonly path: string
  readonly body: object
  /** Name of the face database. */
  readonly db?: string
}

const base64 = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`

/** Encodes black pixels as a BMP of 24 bits a pixel (Microsoft's BITMAPINFOHEADER). `width` is a multiple of 4. */
function black (width: number, height: number): Uint8Array {
  const bmp = Buffer.alloc(54 + width * height * 3)
  bmp.write('BM')
  for (const [at, value] of [[2, bmp.length], [10, 54], [14, 40], [18, width], [22, height]] as const) bmp.writeUInt32LE(value, at)
  bmp.writeUInt16LE(1, 26)
  bmp.writeUInt16LE(24, 28)
  return bmp
}

const BLACK = base64(black(100, 120))
const TEXT = base64(Buffer.from('no image'))
/** A photo with a face, which every folder of records has; below it, a photo of a print. */
const FACE = 'img5.jpg'
const PRINT = '../spoof/image_F1.jpg'

const model = { model_name: 'SFace', detector_backend: 'opencv' }
const extract = (body: object): BadRequest => ({ path: 'extract_faces', body: { detector_backend: 'opencv', ...body } })
const represent = (body: object): BadRequest => ({ path: 'represent', body: { ...model, ...body } })
const verify = (img1: unknown, img2: unknown, body: object = {}): BadRequest => ({ path: 'verify', body: { img1, img2, ...model, ...body } })
const find = (body: object, db = 'dataset'): BadRequest => ({ path: 'find', body: { ...model, ...body }, db })
const analyze = (body: object): BadRequest => ({ path: 'analyze', body: { detector_backend: 'opencv', ...body } })

/**
 * DeepFace's recorded cases as requests to this service. Cases that a request cannot express (arrays, streams, lists of images) are left
 * out, and those where the contract differs on purpose: WebP and bare base64 are accepted, `yolov8` is a valid name, and an empty
 * database returns no results.
 */
const REQUESTS: Readonly<Record<string, BadRequest>> = {
  'extract_faces no face, enforce': extract({ img: BLACK }),
  'extract_faces no face, enforce, yunet': extract({ img: BLACK, detector_backend: 'yunet' }),
  'extract_faces no face, not enforced': extract({ img: BLACK, enforce_detection: false }),
  'extract_faces no face, base64': extract({ img: BLACK }),
  'extract_faces missing path': extract({ img: 'nope.jpg' }),
  'extract_faces text file': extract({ img: TEXT }),
  'extract_faces truncated jpeg': extract({ img: base64(Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')) }),
  'extract_faces non-ascii path': extract({ img: 'café.jpg' }),
  'extract_faces base64 without comma': extract({ img: 'data:image/png;base64' }),
  'extract_faces base64 garbage': extract({ img: 'data:image/png;base64,%%%' }),
  'extract_faces base64 of text': extract({ img: TEXT }),
  'extract_faces path of webp (img47.jpg)': extract({ img: 'img47.jpg' }),
  'extract_faces empty string': extract({ img: '' }),
  'extract_faces None': extract({ img: null }),
  'extract_faces int': extract({ img: 1 }),
  'extract_faces folder path': extract({ img: '.' }),
  'extract_faces unknown detector': extract({ img: FACE, detector_backend: 'nope' }),
  'represent unknown model': represent({ img: FACE, model_name: 'nope' }),
  'represent unknown detector': represent({ img: FACE, detector_backend: 'nope' }),
  'represent unknown normalization': represent({ img: FACE, normalization: 'nope' }),
  'represent missing path': represent({ img: 'nope.jpg' }),
  'represent missing path, skip': represent({ img: 'nope.jpg', detector_backend: 'skip' }),
  'represent no face': represent({ img: BLACK }),
  'represent no face, not enforced': represent({ img: BLACK, enforce_detection: false }),
  'represent text file, skip': represent({ img: TEXT, detector_backend: 'skip' }),
  'represent max_faces=0': represent({ img: FACE, max_faces: 0 }),
  'represent spoof detected': represent({ img: PRINT, anti_spoofing: true }),
  'verify spoof detected': verify(PRINT, FACE, { anti_spoofing: true }),
  'verify missing first': verify('nope.jpg', FACE),
  'verify missing second': verify(FACE, 'nope.jpg'),
  'verify no face first': verify(BLACK, FACE),
  'verify no face, not enforced': verify(BLACK, FACE, { enforce_detection: false }),
  'verify unknown metric': verify(FACE, FACE, { distance_metric: 'nope' }),
  'verify unknown model': verify(FACE, FACE, { model_name: 'nope' }),
  'verify unknown detector': verify(FACE, FACE, { detector_backend: 'nope' }),
  'verify unknown normalization': verify(FACE, FACE, { normalization: 'nope' }),
  'verify list of strings': verify(['a', 'b'], FACE),
  'verify wrong dimension': verify(Array(10).fill(0.1), FACE),
  'verify empty lists': verify([], []),
  'verify None': verify(null, FACE),
  'find missing db': find({ img: FACE }, 'nope'),
  'find missing query': find({ img: 'nope.jpg' }),
  'find no face in query': find({ img: BLACK }),
  'find unknown metric': find({ img: FACE, distance_metric: 'nope' }),
  'analyze empty actions': analyze({ img: FACE, actions: [] }),
  'analyze unknown action': analyze({ img: FACE, actions: ['nope'] }),
  'analyze missing path': analyze({ img: 'nope.jpg', actions: ['emotion'] })
}

/** Returns the request for a recorded case; undefined when there is none. */
export const requestOf = (name: string): BadRequest | undefined => REQUESTS[name]
