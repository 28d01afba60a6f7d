import process from 'node:process'
import { cards } from '../models/index.ts'
import { toManifest } from '../models/manifest.ts'

// Prints onnx-models/manifest.json; `npm run generate` writes it.
process.stdout.write(toManifest(cards))
