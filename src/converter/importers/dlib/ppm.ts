import type { RangeDecoder } from './range-decoder.ts'

/** A symbol in the context of those before it; itself a context for the symbols that follow. */
interface Node {
  symbol: number
  /** Count in its context, in sixteen bits as in dlib. */
  count: number
  /** Sum of the counts of all child symbols (`child` and its `next` chain), plus `escapes`. */
  total: number
  escapes: number
  /** First of the symbols seen after this one. */
  child: Node | undefined
  /** Next symbol in the same context. */
  next: Node | undefined
  /** The same context without its first symbol; undefined for the root. */
  shorter: Node | undefined
}

/** Parameters of `compress_stream::kernel_1ea`: the length of a context, and the number of nodes at which the model is reset. */
const ORDER = 4
const NODES = 200_000
/** Total above which the counts of a context are halved. */
const LARGEST_TOTAL = 10_000

const node = (): Node => ({ symbol: 0, count: 0, total: 0, escapes: 0, child: undefined, next: undefined, shorter: undefined })

/**
 * Prediction by partial matching: estimates the next symbol from the symbols that followed the last four earlier on. Moffat, "Implementing
 * the PPM data compression scheme", IEEE Transactions on Communications 38(11), 1990, with Shkarin's information inheritance; dlib 20.0
 * `entropy_decoder_model/entropy_decoder_model_kernel_5.h`, whose counts it reproduces.
 *
 * Each call of the returned function decodes one symbol below `alphabet`.
 */
export function ppm (coder: RangeDecoder, alphabet: number): () => number {
  let root = node()
  let nodes = 1
  let current = root
  let depth = 0

  return () => {
    const excluded = new Set<number>()
    /** Contexts that have not seen the symbol, longest first, each with the node added to it. */
    let added: Array<{ readonly context: Node, readonly node: Node }> = []
    let [context, level] = [current, depth]
    let follow: Node | undefined

    while (true) {
      if (nodes >= NODES) {
        root = node()
        nodes = 1
        ;[context, level, follow, added] = [root, 0, undefined, []]
      }
      let last: Node | undefined
      if (context.total > 0) {
        const found = search(coder, context, excluded)
        if (found.isSymbol) {
          const { node: hit } = found
          const longer = added.at(-1)
          if (longer) longer.node.shorter = hit
          hit.count = hit.count + 8 & 0xffff
          context.total = context.total + 8 & 0xffff
          if (!follow) {
            depth = level < ORDER ? level + 1 : level
            follow = level < ORDER ? hit : hit.shorter!
          }
          current = follow
          learn(added, hit.symbol, hit.count, context.total)
          return hit.symbol
        }
        last = found.node
      }
      const fresh = node()
      nodes++
      if (last) last.next = fresh
      else context.child = fresh
      const longer = added.at(-1)
      if (longer) longer.node.shorter = fresh
      if (!follow && level < ORDER) {
        follow = fresh
        depth = level + 1
      }
      added.push({ context, node: fresh })
      if (context.shorter) {
        context = context.shorter
        level--
        continue
      }
      const symbol = coder.target(alphabet)
      fresh.shorter = root
      coder.pass(symbol, symbol + 1)
      if (!follow) depth = 0
      current = follow ?? root
      // The counts that dlib assumes below the root.
      learn(added, symbol, 8, 2056)
      return symbol
    }
  }
}

/** Decodes a symbol in this context and moves it to the front; after an escape, returns the last node visited instead. */
function search (coder: RangeDecoder, context: Node, excluded: Set<number>): { readonly node: Node, readonly isSymbol: boolean } {
  if (context.total > LARGEST_TOTAL) halve(context)
  let total = context.total
  if (excluded.size > 0) {
    total = context.escapes
    for (let n = context.child; n; n = n.next) if (!excluded.has(n.symbol)) total += n.count
  }
  const target = coder.target(total)
  let [n, before, high] = [context.child!, undefined as Node | undefined, 0]
  while (true) {
    if (!excluded.has(n.symbol)) {
      high += n.count
      excluded.add(n.symbol)
    }
    if (high > target || !n.next) break
    before = n
    n = n.next
  }
  const isSymbol = high > target
  if (isSymbol) coder.pass(high - n.count, high)
  else coder.pass(high, total)
  if (isSymbol && before) {
    before.next = n.next
    n.next = context.child
    context.child = n
  }
  return { node: n, isSymbol }
}

/** Adds the symbol to the contexts that had not seen it, shortest first. It had `count` of `total` in the context that knew it. */
function learn (added: ReadonlyArray<{ readonly context: Node, readonly node: Node }>, symbol: number, count: number, total: number): void {
  for (const { context, node } of added.toReversed()) {
    node.symbol = symbol
    if (context.total > 0) {
      const others = total - count + context.total - 2 * context.escapes
      // The number is unsigned in dlib: below zero it exceeds all counts.
      const inherited = others < 0 ? 2 : Math.min(Math.floor(context.total * count / (others | 1)) + 2, 50_000)
      node.count = inherited
      context.escapes = context.escapes + 4 & 0xffff
      context.total = context.total + inherited + 4 & 0xffff
    } else {
      node.count = 3 + Math.trunc(5 * count / (total - count)) & 0xffff
      context.escapes = 4
      context.total = node.count + 4
    }
    while (context.total > LARGEST_TOTAL) halve(context)
  }
}

function halve (context: Node): void {
  if (context.escapes > 1) context.escapes >>= 1
  context.total = context.escapes
  for (let n = context.child; n; n = n.next) {
    if (n.count > 1) n.count >>= 1
    context.total = context.total + n.count & 0xffff
  }
}
