/** Carries out the instructions of a stage: a table, in which each changes the stage that is being made. No I/O. */
import { posix } from "node:path";
import { type CarryOut, type Context, expandAll, note, syntaxFor } from "./context.ts";
import { copy } from "./copy.ts";
import { type Instruction, lineBreak, plainWords } from "./instructions.ts";
import { carryOut } from "./run.ts";
import type { Build, Stage } from "./stage.ts";
import { argumentsOf, setVariables } from "./variables.ts";

/** Variables win over arguments of the same name. */
const variablesOf = ({ env, args }: Stage): Readonly<Record<string, string>> => ({ ...args, ...env });

const commandOf = ({ exec, text }: Instruction): readonly string[] =>
  exec ?? ["/bin/sh", "-c", text.replaceAll(lineBreak, " ").trim()];

function setUser(context: Context): void {
  const [name = ""] = expandAll(context);
  context.stage.user = { name, line: context.instruction.line };
}

const ignore: CarryOut = () => {};

const carriers: Readonly<Record<string, CarryOut>> = {
  ENV: setVariables,
  ARG: ({ instruction, stage, build, syntax }) => Object.assign(stage.args, argumentsOf(instruction, build, syntax)),
  WORKDIR: (context) => {
    const { stage } = context;
    stage.workdir = posix.resolve(stage.workdir, expandAll(context).join(" "));
    stage.folders.set(stage.workdir, 0);
  },
  COPY: copy,
  ADD: copy,
  RUN: ({ stage, build, instruction }) => carryOut(stage, instruction, build),
  USER: setUser,
  ENTRYPOINT: ({ stage, instruction }) => {
    stage.entrypoint = { words: commandOf(instruction), line: instruction.line };
    // Docker forgets the command of the base image then.
    delete stage.command;
  },
  CMD: ({ stage, instruction }) => {
    stage.command = commandOf(instruction);
  },
  EXPOSE: ignore,
  HEALTHCHECK: ignore,
  LABEL: ignore,
  MAINTAINER: ignore,
  ONBUILD: ignore,
  SHELL: ignore,
  STOPSIGNAL: (context) => {
    if (!/^(SIG)?TERM$|^15$/.test(plainWords(context.instruction)[0] ?? ""))
      note(context, "pods are stopped with SIGTERM");
  },
  VOLUME: ignore,
};

/** Carries out one instruction; what is wrong with it becomes a problem of the build. */
export function carryOutInstruction(stage: Stage, instruction: Instruction, build: Build): void {
  const syntax = syntaxFor(variablesOf(stage), build.escape);
  try {
    carriers[instruction.keyword]?.({ stage, build, instruction, syntax });
  } catch (error) {
    build.problem({ line: instruction.line, message: (error as Error).message });
  }
}
