import type { Bounds } from './attack.ts'
import type { Answer } from './exchange.ts'

/** Returns a sentence for each kind of answer that breaks `bounds`. */
export function judgeAnswers (answers: readonly Answer[], { statuses, maybeSilent, answered, closed }: Bounds): string[] {
  const broken = answers.flatMap((answer) => {
    if (answer.status === 0) return maybeSilent && answer.closed <= closed ? [] : [answer.closed === Infinity ? 'no answer, and not closed' : 'closed without an answer']
    const sentences = []
    if (!statuses.includes(answer.status)) sentences.push(`status ${answer.status}: ${sentenceOf(answer.body)}`)
    if (answer.answered > answered) sentences.push(`answered after more than ${answered} s`)
    if (answer.closed > closed) sentences.push(`not closed within ${closed} s`)
    return sentences
  })
  return [...new Set(broken)].map((sentence) => {
    const count = broken.filter((each) => each === sentence).length
    return `${count} of ${answers.length}: ${sentence}`
  })
}

/** Returns the message of an error, or the beginning of another body. */
const sentenceOf = (body: string): string => /"message":"((?:[^"\\]|\\.)*)/.exec(body)?.[1] ?? body.slice(0, 100)

/** Returns how often each status came, such as `413 × 2, 200`. */
export function countStatuses (answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const { status } of answers) counts.set(status === 0 ? 'none' : String(status), (counts.get(status === 0 ? 'none' : String(status)) ?? 0) + 1)
  return [...counts].map(([status, count]) => count === 1 ? status : `${status} × ${count}`).join(', ')
}
