import type { Licence, UncalibratedCard } from '../card.ts'
import { deepfaceEdition } from './deepface-edition.ts'

/** A network of DeepFace's, fed as DeepFace feeds it: the upright box with black around it, BGR, 0..1. Its published thresholds hold for that. */
function deepface (name: string, { file, url, ...card }: {
  readonly file: string
  readonly url?: string
  readonly packed?: 'zip'
  readonly network: string
  readonly length: number
  readonly size: readonly [height: number, width: number]
  readonly licence: Licence
  readonly paper: string
  readonly unitLength?: true
}) {
  const { packed, network, ...rest } = card
  return {
    name,
    task: 'recognition',
    family: 'recognition',
    ...deepfaceEdition(file, network, card.size, url, packed),
    deepfaceInput: 'tensor',
    ...rest
  } as const satisfies UncalibratedCard
}

/** Recognisers whose weights are available only at their authors' addresses. */
export const cards = [
  deepface('VGG-Face', {
    file: 'vgg_face_weights.h5',
    network: 'vgg-face',
    length: 4096,
    size: [224, 224],
    unitLength: true,
    licence: { name: 'CC-BY-NC-4.0', commercial: false, note: 'As the Visual Geometry Group of Oxford licenses VGG-Face.' },
    paper: 'Parkhi, Vedaldi, Zisserman, "Deep Face Recognition", BMVC 2015'
  }),
  deepface('Facenet', {
    file: 'facenet_weights.h5',
    network: 'facenet',
    length: 128,
    size: [160, 160],
    licence: { name: 'MIT', commercial: true, note: 'As davidsandberg/facenet licenses its weights; trained on MS-Celeb-1M, which its authors took back: take advice before commercial use.' },
    paper: 'Schroff, Kalenichenko, Philbin, "FaceNet", CVPR 2015, arXiv:1503.03832; Inception-ResNet-v1 of davidsandberg/facenet'
  }),
  deepface('OpenFace', {
    file: 'openface_weights.h5',
    network: 'openface',
    length: 128,
    size: [96, 96],
    licence: { name: 'Apache-2.0', commercial: true, note: 'As OpenFace licenses nn4.small2; Keras-OpenFace, which converted it, is MIT. Trained on CASIA-WebFace and FaceScrub, research data sets: take advice before commercial use.' },
    paper: 'Amos, Ludwiczuk, Satyanarayanan, "OpenFace: A general-purpose face recognition library with mobile applications", CMU-CS-16-118, 2016'
  }),
  deepface('DeepFace', {
    file: 'VGGFace2_DeepFace_weights_val-0.9034.h5',
    url: 'https://github.com/swghosh/DeepFace/releases/download/weights-vggface2-2d-aligned/VGGFace2_DeepFace_weights_val-0.9034.h5.zip',
    packed: 'zip',
    network: 'fb-deepface',
    length: 4096,
    size: [152, 152],
    licence: { name: 'MIT', commercial: true, note: 'As swghosh/DeepFace licenses the code; the weights were trained on VGGFace2, a research data set: take advice before commercial use.' },
    paper: 'Taigman, Yang, Ranzato, Wolf, "DeepFace: Closing the Gap to Human-Level Performance in Face Verification", CVPR 2014'
  }),
  deepface('DeepID', {
    file: 'deepid_keras_weights.h5',
    network: 'deepid',
    length: 160,
    size: [55, 47],
    licence: { name: 'MIT', commercial: true, note: 'As Ruoyiran/DeepID licenses it. Which photos it was trained on is not documented.' },
    paper: 'Sun, Wang, Tang, "Deep Learning Face Representation from Predicting 10,000 Classes", CVPR 2014'
  }),
  deepface('ArcFace', {
    file: 'arcface_weights.h5',
    network: 'arcface',
    length: 512,
    size: [112, 112],
    licence: { name: 'MIT', commercial: true, note: 'As leondgarse/Keras_insightface licenses it. Trained on MS1M, which its authors took back: take advice before commercial use.' },
    paper: 'Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019, arXiv:1801.07698'
  }),
  deepface('GhostFaceNet', {
    file: 'ghostfacenet_v1.h5',
    url: 'https://github.com/HamadYA/GhostFaceNets/releases/download/v1.2/GhostFaceNet_W1.3_S1_ArcFace.h5',
    network: 'ghostfacenet',
    length: 512,
    size: [112, 112],
    licence: { name: 'MIT', commercial: true, note: 'As HamadYA/GhostFaceNets licenses it. Trained on MS1MV3, which is for research: take advice before commercial use.' },
    paper: 'Alansari et al., "GhostFaceNets: Lightweight Face Recognition Model From Cheap Operations", IEEE Access 2023'
  })
]
