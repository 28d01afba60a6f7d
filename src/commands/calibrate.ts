import { runCalibrate } from './calibrate-cli.ts'
import { evaluate } from './evaluation-main.ts'

/** `npm run calibrate -- …` */
await evaluate(runCalibrate)
