import { runAccuracy } from './accuracy-cli.ts'
import { evaluate } from './evaluation-main.ts'

/** `npm run accuracy -- …` */
await evaluate(runAccuracy)
