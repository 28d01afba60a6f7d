import { runAttributes } from './attributes-cli.ts'
import { evaluate } from './evaluation-main.ts'

/** `npm run attributes -- …` */
await evaluate(runAttributes)
