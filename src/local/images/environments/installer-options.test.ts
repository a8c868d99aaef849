/** Every option with a path is understood where a Dockerfile installs and where a requirement file is read. */
import { expect, test } from "vitest";
import { translate } from "../dockerfile/install-arguments.ts";
import { splitOption } from "./installer-options.ts";
import { findIncluded } from "./requirement-files.ts";

const inImage = { workdir: "/app", tree: new Map([["/app/limits.txt", "conf/limits.txt"]]), env: {} };
const source = { text: () => "", isFolder: () => false };
const filesOf = (words: readonly string[]) => [...findIncluded(words, ".", source, "pip").files];

const options = [
  ["-r", "--requirement", "--requirements"],
  ["-c", "--constraint", "--constraints"],
  ["-b", "--build-constraint", "--build-constraints"],
  ["--override", "--overrides", "-e", "--editable", "-f", "--find-links"],
].flat();

test.each(options)("%s has a path", (option) => {
  const joined = option.startsWith("--") ? `${option}=limits.txt` : `${option}limits.txt`;
  for (const words of [[option, "limits.txt"], [joined]]) {
    expect(translate(words, inImage).words).toEqual([option, "conf/limits.txt"]);
    expect(filesOf(words)).toEqual(["limits.txt"]);
  }
});

test.each(["--index-url", "--group", "--platform", "-C", "--hash", "--prerelease"])("%s has a word", (option) => {
  expect(filesOf([option, "./limits.txt"])).toEqual([]);
});

test.each([
  ["--name=value=more", ["--name", "value=more"]],
  ["-rfile", ["-r", "file"]],
  ["-qq", ["-qq"]],
  ["-r", ["-r"]],
  ["six==1.16.0", ["six==1.16.0"]],
])("%s in its parts", (word, parts) => expect(splitOption(word)).toEqual(parts));
