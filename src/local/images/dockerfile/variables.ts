/** ENV and ARG: the variables of a stage. Pure. */
import { type Context, note } from "./context.ts";
import { type Instruction, lineBreak } from "./instructions.ts";
import type { Build } from "./stage.ts";
import { expandWord, splitWords, type Syntax } from "./substitute.ts";

export const predefinedArgs = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

const platformArgs = (architecture: string): Readonly<Record<string, string>> => ({
  TARGETPLATFORM: `linux/${architecture}`,
  TARGETOS: "linux",
  TARGETARCH: architecture,
  TARGETVARIANT: "",
  BUILDPLATFORM: `linux/${architecture}`,
  BUILDOS: "linux",
  BUILDARCH: architecture,
  BUILDVARIANT: "",
});

/** The names and values that an ARG sets; a build argument goes before its default. */
export function argumentsOf(
  { text }: Instruction,
  { options, globals, taken, escape }: Pick<Build, "options" | "globals" | "taken" | "escape">,
  syntax: Syntax,
): Readonly<Record<string, string>> {
  const given = { ...platformArgs(options.architecture), ...options.buildArgs };
  const found: Record<string, string> = {};
  for (const word of splitWords(text, escape)) {
    const [name = "", fallback] = word.split(/=(.*)/s, 2);
    taken.add(name);
    const value = given[name] ?? (fallback === undefined ? globals[name] : expandWord(fallback, syntax));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Variables whose value is the machine's for a process; other lines may still refer to the image's. */
export const ofTheMachine = ["HOME", "LD_LIBRARY_PATH", "LD_PRELOAD"];

function keepVariable(context: Context, name: string, value: string): void {
  if (ofTheMachine.includes(name)) note(context, `${name} comes from this machine`);
  context.stage.env[name] = value;
}

export function setVariables(context: Context): void {
  const { instruction, build, syntax } = context;
  const words = splitWords(instruction.text, build.escape);
  const [first = ""] = words;
  if (!first.includes("=")) {
    const value = instruction.text.replaceAll(lineBreak, " ").trim().slice(first.length).trim();
    return keepVariable(context, first, expandWord(value, syntax));
  }
  const set = words.map((word) => {
    const [name = "", value = ""] = word.split(/=(.*)/s, 2);
    return [expandWord(name, syntax), expandWord(value, syntax)] as const;
  });
  for (const [name, value] of set) keepVariable(context, name, value);
}
