import type { YoloName } from '../../converter/networks/yolo.ts'
import type { DetectorCard } from '../card.ts'
import { eye } from '../opencv/cards.ts'

/** The addresses from which DeepFace 0.0.100 fetches its files (`Yolo.py`). None has published hashes: the first copy is pinned. */
const YAPALAB = 'https://github.com/YapaLab/yolo-face/releases/download/1.0.0/'
const AKANAMETOV = 'https://github.com/akanametov/yolo-face/releases/download/1.0.0/'

const PAPERS: Readonly<Record<YoloName, string>> = {
  yolov8: 'Jocher, Chaurasia, Qiu, "Ultralytics YOLOv8", 2023',
  yolo11: 'Jocher, Qiu, "Ultralytics YOLO11", 2024',
  yolo12: 'Tian, Ye, Doermann, "YOLOv12: Attention-Centric Real-Time Object Detectors", 2025, arXiv:2502.12524'
}

const card = (name: string, network: YoloName, url: string, facts: Pick<DetectorCard, 'detectorNames' | 'landmarks'> = {}) => ({
  name,
  task: 'detection',
  family: 'yolo',
  ...facts,
  files: [{ name: `${name}-face.pt`, sources: [{ url }] }],
  conversion: { format: 'torch', network, input: { channels: 'RGB', mean: [0, 0, 0], std: [255, 255, 255] } },
  parts: { eye },
  licence: {
    name: 'AGPL-3.0',
    commercial: false,
    note: 'Ultralytics holds that AGPL-3.0 covers the weights too: whoever offers them over a network must publish the source of all of the service, or buy a licence. Trained on WIDER FACE.'
  },
  paper: PAPERS[network]
} as const satisfies DetectorCard)

const from = (base: string, network: YoloName, ...names: readonly string[]) =>
  names.map((name) => card(name, network, `${base}${name}-face.pt`))

/** Every YOLO weight file that DeepFace names, under DeepFace's names. Only yolov8n's network returns landmarks. */
export const cards = [
  card('yolov8n', 'yolov8', 'https://drive.google.com/uc?id=1qcr9DbgsX3ryrz2uU8w4Xm3cOrRywXqb', {
    // DeepFace calls it `yolov8` too, since 0.0.94.
    detectorNames: { native: ['yolov8', 'yolov8n'], deepface: ['yolov8', 'yolov8n'] },
    landmarks: true
  }),
  ...from(YAPALAB, 'yolov8', 'yolov8m', 'yolov8l'),
  ...from(AKANAMETOV, 'yolo11', 'yolov11n', 'yolov11s', 'yolov11m'),
  ...from(YAPALAB, 'yolo11', 'yolov11l'),
  ...from(YAPALAB, 'yolo12', 'yolov12n', 'yolov12s', 'yolov12m', 'yolov12l')
]
