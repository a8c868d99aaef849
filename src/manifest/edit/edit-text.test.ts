import { expect, test } from "vitest";
import { type Assignment, parseAssignment } from "./assignment.ts";
import { appendArguments, EditError, setFields } from "./edit-text.ts";

const manifest = `# what this is about
kind: AIchorManifest
spec:
  operator: kuberay
  command: python train.py # the program
  types:
    Head: &small
      resources: { cpus: 1 } # little
    Workers:
      - name: cpu
        count: 2
        resources: { cpus: 1 }
      - <<: *small
        name: big
        count: 1
`;

const set = (...texts: readonly string[]) =>
  setFields(
    manifest,
    texts.map((text) => parseAssignment(text) as Assignment),
  );

test.each<[string, string, string]>([
  [
    "a field of an item of a list, by its number",
    "types.Workers[0].count=4",
    "        count: 4\n        resources: { cpus: 1 }",
  ],
  ["by its name", "types.Workers[big].count=3", "        name: big\n        count: 3"],
  ["from the top", "spec.types.Workers[0].count=4", "        count: 4\n"],
  ["a field that is not there yet", "spec.timeout=2h", "\n  timeout: 2h\n"],
  ["a map that is not there yet", "builder.image=demo", "\nbuilder:\n  image: demo\n"],
  ["a value that is a map", "types.Head.resources={cpus: 2}", "Head: &small\n      resources:"],
  ["a text with blanks", "spec.command=python other.py", "  command: python other.py # the program\n"],
  ["an empty text", "spec.image=", '  image: ""\n'],
])("--set changes %s and keeps the comments", (_, text, wanted) => {
  const edited = set(text);
  expect(edited).toContain(wanted);
  expect(edited).toContain("# what this is about\n");
  expect(edited.includes("# little")).toBe(!text.includes("resources="));
});

test("what a merge key brings in is copied to the place that is changed, and nowhere else", () => {
  const edited = set("types.Workers[big].resources.cpus=8");
  expect(edited).toContain("Head: &small\n      resources: { cpus: 1 } # little");
  expect(edited).toMatch(/name: big\n {8}count: 1\n {8}resources: \{ cpus: 8 \}/);
});

test("an alias that is changed becomes a copy", () => {
  const text = "spec:\n  a: &a { x: 1 }\n  b: *a\n";
  expect(setFields(text, [parseAssignment("b.x=2") as Assignment])).toBe("spec:\n  a: &a { x: 1 }\n  b: { x: 2 }\n");
});

test("null removes a field", () => {
  expect(set("types.Workers[0].count=null")).not.toContain("count: 2");
});

test("nothing to change leaves the text as it is, to the letter", () => {
  const odd = "spec:   {command:   x}";
  expect(setFields(odd, [])).toBe(odd);
  expect(appendArguments(odd, [])).toBe(odd);
});

test.each<[string, string, string]>([
  [
    "an item that is not there",
    "types.Workers[7].count=1",
    "spec.types.Workers[7]: no such item in the list of 2: cpu, big",
  ],
  ["a field of a list", "types.Workers.count=1", "spec.types.Workers.count: this is a list; name an item, such as [0]"],
  ["a field of a value", "spec.command.x=1", "spec.command: this is a value; it has no fields"],
  ["an item of a map", "types[0]=1", "spec.types[0]: this is a map; name a field"],
])("%s is refused with the place", (_, text, message) => {
  expect(() => set(text)).toThrow(new EditError(message));
});

test.each([["count"], ["=4"], ["types..x=1"], ["[0]=1"], ["a.b]=2"]])("%s is no assignment", (text) => {
  expect(parseAssignment(text)).toEqual({ problem: "expected PATH=VALUE, such as types.Workers[0].count=4" });
});

test("a value that is no YAML is refused", () => {
  expect(parseAssignment("spec.image={")).toMatchObject({ problem: expect.stringContaining("the value is not YAML") });
});

const commandOf = (command: string) => `spec:\n  command: ${command}`;

test.each<[string, string, string]>([
  ["a plain command", "python train.py\n", "python train.py --lr 1e-3 'a b'\n"],
  ["a quoted command", '"python train.py"\n', `"python train.py --lr 1e-3 'a b'"\n`],
  [
    "the last line of a script",
    "|\n    cd x\n    python train.py\n",
    "|\n    cd x\n    python train.py --lr 1e-3 'a b'\n",
  ],
  ["a line that goes on", "|\n    python train.py \\\n", "|\n    python train.py --lr 1e-3 'a b'\n"],
  [
    "a script that ends with a comment",
    "|\n    python train.py\n    # done\n",
    "|\n    python train.py --lr 1e-3 'a b'\n    # done\n",
  ],
])("arguments are added to %s, quoted", (_, before, after) => {
  expect(appendArguments(commandOf(before), ["--lr", "1e-3", "a b"])).toBe(commandOf(after));
});

test("a manifest without a command cannot take arguments", () => {
  expect(() => appendArguments("spec: {}", ["x"])).toThrow("spec.command: no command");
});
