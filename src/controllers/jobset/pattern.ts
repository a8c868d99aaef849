/**
 * Patterns of failure policy rules: RE2 syntax, searched for anywhere in a text, in time linear in it (a user's pattern
 * must not be able to stall the controller). A set of positions is carried along; single characters are told apart by
 * JavaScript's character classes. Only whether a pattern matches is answered. Pure.
 */
import { type Node, parsePattern } from "./pattern-syntax.ts";

type Test = (char: string) => boolean;
type Assertion = (before: string | undefined, after: string | undefined) => boolean;

/** One instruction; `next` are indexes of those that may follow. */
interface Instruction {
  readonly test?: Test;
  readonly assertion?: Assertion;
  next: readonly number[];
}

/** Longer programs (from counted repetitions) are refused, as RE2 does. */
const maxInstructions = 20_000;

class Program {
  readonly instructions: Instruction[] = [];

  add(instruction: Instruction): number {
    if (this.instructions.length >= maxInstructions) throw new Error("the pattern is too large");
    return this.instructions.push(instruction) - 1;
  }

  /** Appends what matches `node` and then goes on at `next`; answers where it begins. */
  compile(node: Node, next: number): number {
    switch (node.type) {
      case "char":
        return this.add({ test: node.test, next: [next] });
      case "assert":
        return this.add({ assertion: node.holds, next: [next] });
      case "sequence":
        return node.nodes.reduceRight((after, item) => this.compile(item, after), next);
      case "choice":
        return this.add({ next: node.nodes.map((item) => this.compile(item, next)) });
      case "repeat":
        return this.#repeat(node, next);
    }
  }

  #repeat({ node, min, max }: Extract<Node, { type: "repeat" }>, next: number): number {
    let start = next;
    if (max === undefined) {
      const loop = this.add({ next: [] });
      const body = this.compile(node, loop);
      this.instructions[loop] = { next: [body, next] };
      start = loop;
    } else {
      for (let times = min; times < max; times++) start = this.add({ next: [this.compile(node, start), next] });
    }
    for (let times = 0; times < min; times++) start = this.compile(node, start);
    return start;
  }
}

type Find = (text: string) => boolean;

function compile(pattern: string): Find {
  const program = new Program();
  const end = program.add({ next: [] });
  const start = program.compile(parsePattern(pattern), end);
  return (text) => search(program.instructions, { start, end }, Array.from(text));
}

function search(
  instructions: readonly Instruction[],
  { start, end }: { readonly start: number; readonly end: number },
  text: readonly string[],
): boolean {
  let waiting: readonly number[] = [];
  for (let at = 0; at <= text.length; at++) {
    // Unanchored: a match may begin at every position.
    const reached = close(instructions, [...waiting, start], { before: text[at - 1], after: text[at] });
    if (reached.has(end)) return true;
    const char = text[at];
    if (char === undefined) return false;
    waiting = [...reached].flatMap((index) => {
      const { test, next } = instructions[index] as Instruction;
      return test?.(char) ? next : [];
    });
  }
  return false;
}

/** Everything that is reached without reading a character. */
function close(
  instructions: readonly Instruction[],
  from: readonly number[],
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
): ReadonlySet<number> {
  const reached = new Set<number>();
  const stack = [...from];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const { test, assertion, next } = instructions[index] as Instruction;
    if (!test && (!assertion || assertion(before, after))) stack.push(...next);
  }
  return reached;
}

const maxCached = 256;
const cache = new Map<string, Find | undefined>();

function cached(pattern: string): Find | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  let find: Find | undefined;
  try {
    find = compile(pattern);
  } catch {
    find = undefined;
  }
  if (cache.size >= maxCached) cache.clear();
  cache.set(pattern, find);
  return find;
}

/** Whether the pattern is one. */
export function isPattern(pattern: string): boolean {
  return cached(pattern) !== undefined;
}

/** Whether the pattern matches somewhere in the text; one that is no pattern matches nowhere. */
export function findsPattern(pattern: string, text: string): boolean {
  return cached(pattern)?.(text) ?? false;
}
