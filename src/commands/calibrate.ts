import { runCalibrate } from './calibrate-cli.ts'
import { main } from './evaluation-main.ts'

/** `npm run calibrate -- …` */
await main(runCalibrate)
