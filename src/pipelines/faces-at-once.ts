/** Faces that go through a network in one run. More gain nothing on a CPU and cost memory. */
export const FACES_AT_ONCE = 8
