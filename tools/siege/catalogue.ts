import type { Attack } from './attack.ts'
import { bodies } from './attacks/bodies.ts'
import { connections } from './attacks/connections.ts'
import { faces } from './attacks/faces.ts'
import { heldMemory } from './attacks/held-memory.ts'
import { largePictures } from './attacks/large-pictures.ts'
import { mutated } from './attacks/mutated.ts'
import { urls } from './attacks/urls.ts'

/** All attacks, in the order in which they run. */
export const attacks: readonly Attack[] = [...largePictures, ...faces, ...heldMemory, ...bodies, ...connections, ...urls, ...mutated]
