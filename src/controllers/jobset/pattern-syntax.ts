/** RE2 syntax to a tree. Throws for what RE2 refuses: look-around, back-references, unbalanced groups. Pure. */

export type Node =
  | { readonly type: "char"; readonly test: (char: string) => boolean }
  | {
      readonly type: "assert";
      readonly holds: (before: string | undefined, after: string | undefined) => boolean;
    }
  | { readonly type: "sequence"; readonly nodes: readonly Node[] }
  | { readonly type: "choice"; readonly nodes: readonly Node[] }
  | { readonly type: "repeat"; readonly node: Node; readonly min: number; readonly max?: number };

/** `i` ignores case, `m` makes ^ and $ match at lines, `s` lets . match a newline. `U` changes no answer. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

const maxRepeat = 1000;
const posix: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};
const perl: Readonly<Record<string, string>> = { d: "0-9", w: "0-9A-Za-z_", s: "\\t\\n\\f\\r " };
const controls: Readonly<Record<string, string>> = { a: "\u0007", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

const isWord = (char: string | undefined) => char !== undefined && /^[0-9A-Za-z_]$/.test(char);
const atWordEdge = (before: string | undefined, after: string | undefined) => isWord(before) !== isWord(after);

/** The character as a member of a JavaScript class. */
const quoted = (char: string) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;

class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #flags: Flags = { i: false, m: false, s: false };

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#chars.length) throw new Error(`unexpected ${this.#peek()}`);
    return node;
  }

  #peek(offset = 0): string | undefined {
    return this.#chars[this.#at + offset];
  }

  #eat(text: string): boolean {
    const chars = Array.from(text);
    const found = chars.every((char, offset) => this.#peek(offset) === char);
    if (found) this.#at += chars.length;
    return found;
  }

  #next(): string {
    const char = this.#peek();
    if (char === undefined) throw new Error("the pattern ends too early");
    this.#at++;
    return char;
  }

  #until(end: string): string {
    let text = "";
    while (!this.#eat(end)) text += this.#next();
    return text;
  }

  #choice(): Node {
    // Flags set inside a group end with it.
    const outer = this.#flags;
    const nodes = [this.#sequence()];
    while (this.#eat("|")) nodes.push(this.#sequence());
    this.#flags = outer;
    return nodes.length === 1 ? (nodes[0] as Node) : { type: "choice", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    for (let char = this.#peek(); char !== undefined && char !== "|" && char !== ")"; char = this.#peek()) {
      nodes.push(...this.#repeated());
    }
    return { type: "sequence", nodes };
  }

  #repeated(): readonly Node[] {
    if (this.#range()) throw new Error("nothing to repeat");
    const nodes = this.#atom();
    const last = nodes.at(-1);
    const range = this.#range();
    if (!range) return nodes;
    if (!last) throw new Error("nothing to repeat");
    this.#eat("?");
    if (this.#range()) throw new Error("a repetition cannot be repeated");
    return [...nodes.slice(0, -1), { type: "repeat", node: last, ...range }];
  }

  #range(): { readonly min: number; readonly max?: number } | undefined {
    if (this.#eat("*")) return { min: 0 };
    if (this.#eat("+")) return { min: 1 };
    if (this.#eat("?")) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#chars.slice(this.#at, this.#at + 12).join(""));
    if (!counted) return undefined;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] ? Number(counted[3]) : undefined;
    if (min > maxRepeat || (max ?? 0) > maxRepeat || (max !== undefined && max < min))
      throw new Error("bad repetition");
    this.#at += counted[0].length;
    return max === undefined ? { min } : { min, max };
  }

  #atom(): readonly Node[] {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return [this.#class()];
      case ".":
        return [this.#dot()];
      case "^":
        return [
          { type: "assert", holds: this.#flags.m ? (before) => before === undefined || before === "\n" : isStart },
        ];
      case "$":
        return [{ type: "assert", holds: this.#flags.m ? (_, after) => after === undefined || after === "\n" : isEnd }];
      case "\\":
        return this.#escape();
      default:
        return [this.#member(quoted(char))];
    }
  }

  #dot(): Node {
    return this.#flags.s ? { type: "char", test: () => true } : { type: "char", test: (char) => char !== "\n" };
  }

  /** A character of the class with these members. */
  #member(members: string, negated = false): Node {
    const expression = new RegExp(`^[${negated ? "^" : ""}${members}]$`, this.#flags.i ? "iu" : "u");
    return { type: "char", test: (char) => expression.test(char) };
  }

  #group(): readonly Node[] {
    const outer = this.#flags;
    if (this.#eat("?")) {
      if (this.#eat("P<") || (this.#peek() === "<" && !["=", "!"].includes(this.#peek(1) ?? ""))) {
        if (!/^<?\w+$/.test(this.#until(">"))) throw new Error("bad group name");
      } else if (this.#setFlags()) return [];
    }
    const node = this.#choice();
    if (!this.#eat(")")) throw new Error("missing )");
    this.#flags = outer;
    return [node];
  }

  /** After `(?`: true when the flags are for the rest of the group around. */
  #setFlags(): boolean {
    let on = true;
    for (let char = this.#next(); ; char = this.#next()) {
      if (char === ":") return false;
      if (char === ")") return true;
      if (char === "-" && on) on = false;
      else if (char === "i" || char === "m" || char === "s") this.#flags = { ...this.#flags, [char]: on };
      else if (char !== "U") throw new Error(`unknown flag ${char}`);
    }
  }

  #escape(): readonly Node[] {
    const char = this.#next();
    if (char === "A") return [{ type: "assert", holds: isStart }];
    if (char === "z") return [{ type: "assert", holds: isEnd }];
    if (char === "b") return [{ type: "assert", holds: atWordEdge }];
    if (char === "B") return [{ type: "assert", holds: (before, after) => !atWordEdge(before, after) }];
    if (char === "Q") return Array.from(this.#quotation(), (literal) => this.#member(quoted(literal)));
    this.#at--;
    return [this.#member(this.#escapedMember())];
  }

  #quotation(): string {
    let text = "";
    while (this.#peek() !== undefined && !this.#eat("\\E")) text += this.#next();
    return text;
  }

  /** After a backslash: one character or class, as a member of a JavaScript class. */
  #escapedMember(): string {
    const char = this.#next();
    const lower = char.toLowerCase();
    if (lower in perl) return char === lower ? (perl[lower] ?? "") : complement(perl[lower] ?? "");
    if (lower === "p") return this.#unicodeClass(char);
    if (char in controls) return quoted(controls[char] ?? "");
    if (char === "x") return quoted(this.#hexadecimal());
    if (/[0-7]/.test(char)) return quoted(this.#octal(char));
    if (/[0-9A-Za-z]/.test(char)) throw new Error(`unknown escape \\${char}`);
    return quoted(char);
  }

  #unicodeClass(letter: string): string {
    const braced = this.#eat("{");
    const text = braced ? this.#until("}") : this.#next();
    const negated = text.startsWith("^") !== (letter === "P");
    const name = text.replace(/^\^/, "");
    // JavaScript wants scripts named as such; general categories stand alone.
    const property = name.length <= 2 ? name : `Script=${name}`;
    if (name === "Any") return negated ? "" : "\\u{0}-\\u{10ffff}";
    return `\\${negated ? "P" : "p"}{${property}}`;
  }

  #hexadecimal(): string {
    const digits = this.#eat("{") ? this.#until("}") : this.#next() + this.#next();
    if (!/^[0-9A-Fa-f]{1,6}$/.test(digits)) throw new Error("bad hexadecimal escape");
    return String.fromCodePoint(Number.parseInt(digits, 16));
  }

  #octal(first: string): string {
    let digits = first;
    while (digits.length < 3 && /^[0-7]$/.test(this.#peek() ?? "")) digits += this.#next();
    // A single digit but 0 would be a back-reference.
    if (digits.length === 1 && digits !== "0") throw new Error("back-references are not supported");
    return String.fromCodePoint(Number.parseInt(digits, 8));
  }

  #class(): Node {
    const negated = this.#eat("^");
    let members = "";
    // A bracket that comes first is an ordinary member.
    for (let first = true; first || this.#peek() !== "]"; first = false) members += this.#classItem();
    this.#at++;
    return this.#member(members, negated);
  }

  #classItem(): string {
    if (this.#eat("[:")) {
      const name = this.#until(":]");
      const set = posix[name.replace(/^\^/, "")];
      if (set === undefined) throw new Error(`unknown class ${name}`);
      return name.startsWith("^") ? complement(set) : set;
    }
    const low = this.#classChar();
    if (this.#peek() !== "-" || this.#peek(1) === "]" || this.#peek(1) === undefined) return low;
    this.#at++;
    return `${low}-${this.#classChar()}`;
  }

  #classChar(): string {
    const char = this.#next();
    return char === "\\" ? this.#escapedMember() : quoted(char);
  }
}

const isStart = (before: string | undefined) => before === undefined;
const isEnd = (_: string | undefined, after: string | undefined) => after === undefined;

/** Everything but the ASCII characters of a set, as members of a class. */
function complement(set: string): string {
  const expression = new RegExp(`^[${set}]$`, "u");
  const others = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
    (char) => !expression.test(char),
  );
  return `${others.map(quoted).join("")}\\u{80}-\\u{10ffff}`;
}

export function parsePattern(pattern: string): Node {
  return new Parser(pattern).parse();
}
