import { runAccuracy } from './accuracy-cli.ts'
import { main } from './evaluation-main.ts'

/** `npm run accuracy -- …` */
await main(runAccuracy)
