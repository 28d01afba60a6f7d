/** What a person who runs an evaluation can put right: a wrong option, a list that cannot be read, a folder without photos. The message is for them. */
export class EvaluationProblem extends Error {
  override readonly name = 'EvaluationProblem'
}
