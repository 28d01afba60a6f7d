import { runAttributes } from './attributes-cli.ts'
import { main } from './evaluation-main.ts'

/** `npm run attributes -- …` */
await main(runAttributes)
