/** Variables of a Dockerfile, how it is started, and how its text is read. */
import { describe, expect, test } from "vitest";
import { lines, recipeOf } from "./dockerfiles.test-support.ts";
import type { BuildOptions } from "./recipe.ts";

describe("variables", () => {
  test.each<[sentence: string, text: string, more: Partial<BuildOptions>, wanted: Readonly<Record<string, string>>]>([
    [
      "several forms",
      lines("FROM scratch", 'ENV A=1 B="two words" C=\\ d', "ENV OLD style  value"),
      {},
      { A: "1", B: "two words", C: " d", OLD: "style  value" },
    ],
    [
      "substitutions",
      lines("FROM scratch", "ENV A=a", "ENV B=${A:-x} C=${NO:-y} D=${A:+z} E=$NO F='$A' G=\\$A"),
      {},
      { A: "a", B: "a", C: "y", D: "z", E: "", F: "$A", G: "$A" },
    ],
    ["a line sees what held before it", lines("FROM scratch", "ENV A=1", "ENV A=2 B=$A"), {}, { A: "2", B: "1" }],
    ["an argument with its default", lines("FROM scratch", "ARG V=1", "ENV X=$V"), {}, { X: "1" }],
    [
      "an argument that the manifest gives",
      lines("FROM scratch", "ARG V=1", "ENV X=$V"),
      { buildArgs: { V: "2" } },
      { X: "2" },
    ],
    ["an argument that no ARG takes", lines("FROM scratch", "ENV X=$V"), { buildArgs: { V: "2" } }, { X: "" }],
    ["an argument of before the first FROM", lines("ARG V=1", "FROM scratch", "ARG V", "ENV X=$V"), {}, { X: "1" }],
    [
      "a variable wins over an argument",
      lines("FROM scratch", "ENV V=env", "ARG V=arg", "ENV X=$V"),
      {},
      { V: "env", X: "env" },
    ],
    ["the architecture", lines("FROM scratch", "ARG TARGETARCH", "ENV X=$TARGETARCH"), {}, { X: "amd64" }],
    [
      "those that say where an image has things are left out",
      lines("FROM scratch", "ENV VIRTUAL_ENV=/v PATH=/v/bin:$PATH LD_LIBRARY_PATH=/x HOME=/h A=1"),
      {},
      { A: "1" },
    ],
    [
      "a stage has those of its base",
      lines("FROM scratch AS a", "ENV A=1", "FROM a", "ENV B=$A"),
      {},
      { A: "1", B: "1" },
    ],
  ])("%s", (_, text, more, wanted) => expect(recipeOf(text, more).env).toEqual(wanted));

  test("folders of the PATH that hold programs of the source", () =>
    expect(
      recipeOf(lines("FROM scratch", "ENV HOME=/home/u", "ENV PATH=$HOME/.local/bin:/app/bin:/opt/venv/bin:$PATH"))
        .path,
    ).toEqual(["/home/u/.local/bin", "/app/bin"]));
});

describe("how it is started", () => {
  test.each<[text: string, entrypoint: readonly string[] | undefined, command: readonly string[] | undefined]>([
    ['ENTRYPOINT ["python"]\nCMD ["main.py"]', ["python"], ["main.py"]],
    ["CMD python main.py", undefined, ["/bin/sh", "-c", "python main.py"]],
    ['CMD ["a"]\nENTRYPOINT ["b"]', ["b"], undefined],
  ])("%s", (text, entrypoint, command) => {
    const recipe = recipeOf(`FROM scratch\n${text}`);
    expect([recipe.entrypoint, recipe.command]).toEqual([entrypoint, command]);
  });
});

describe("how text is read", () => {
  test.each<[sentence: string, text: string, env: Readonly<Record<string, string>>]>([
    ["Windows' line ends", "FROM scratch\r\nENV A=1\r\nENV B=2\r\n", { A: "1", B: "2" }],
    ["another escape", "# escape=`\nFROM scratch\nENV A=1 `\n  B=C:\\x", { A: "1", B: "C:\\x" }],
    ["comments and blank lines within an instruction", "FROM scratch\nENV A=1 \\\n# no\n\n  B=2", { A: "1", B: "2" }],
    ["a here-document after a blank", "FROM scratch\nRUN cat << 'EOF' > /x\nsetopt A\nEOF\nENV A=1", { A: "1" }],
    ["keywords in small letters", "from scratch\nenv A=1", { A: "1" }],
  ])("%s", (_, text, env) => expect(recipeOf(text).env).toEqual(env));
});
