/** The `windlass` command: builds the program from its commands, and turns every error into words and an exit status. */
import { Command, CommanderError } from "commander";
import { asCalled } from "./program/called-as.ts";
import { adviseOnNames, groupCommands } from "./program/help.ts";
import { hasColor, type Io, paint, processIo } from "./program/io.ts";
import { tellError, type Told } from "./errors/tell-error.ts";
import { version } from "./program/version.ts";

type Register = (program: Command, io: Io, exit: (status: number) => void) => void;

/** Commands by module, in the order of the help; loaded only as far as the command line needs: `windlass list` never loads the local cluster. */
const modules: Readonly<Record<string, () => Promise<readonly Register[]>>> = {
  init: async () => [(await import("./commands/init.ts")).registerInit],
  run: async () => [(await import("./commands/run.ts")).registerRun],
  rerun: async () => [(await import("./commands/rerun.ts")).registerRerun],
  sweep: async () => [(await import("./commands/sweep.ts")).registerSweep],
  list: async () => {
    const { registerList, registerLabel } = await import("./commands/list.ts");
    return [registerList, registerLabel];
  },
  experiments: async () => [(await import("./commands/experiments.ts")).registerExperiments],
  why: async () => [(await import("./commands/why.ts")).registerWhy],
  logs: async () => [(await import("./commands/logs.ts")).registerLogs],
  top: async () => [(await import("./commands/top.ts")).registerTop],
  outputs: async () => [(await import("./commands/outputs.ts")).registerOutputs],
  compare: async () => [(await import("./commands/compare.ts")).registerCompare],
  exec: async () => [(await import("./commands/exec.ts")).registerExec],
  ports: async () => [
    (await import("./commands/port-forward.ts")).registerPortForward,
    (await import("./commands/open.ts")).registerOpen,
  ],
  manifest: async () => [
    (await import("./commands/validate.ts")).registerValidate,
    (await import("./commands/plan.ts")).registerPlan,
    (await import("./commands/migrate.ts")).registerMigrate,
    (await import("./commands/schema.ts")).registerSchema,
  ],
  delete: async () => [(await import("./commands/delete.ts")).registerDelete],
  prune: async () => [(await import("./commands/prune.ts")).registerPrune],
  cluster: async () => [(await import("./commands/cluster.ts")).registerCluster],
  operator: async () => [
    (await import("./commands/operator.ts")).registerOperator,
    (await import("./commands/install.ts")).registerInstall,
  ],
  completion: async () => {
    const { registerCompletion } = await import("./commands/completion.ts");
    return [
      (program, io) => registerCompletion(program, io, (words) => buildProgram(io, ["", "", ...words], () => {})),
    ];
  },
  serve: async () => [(await import("./commands/serve-local.ts")).registerServeLocal],
};

const moduleOf: Readonly<Record<string, string>> = {
  run: "run",
  list: "list",
  ls: "list",
  label: "list",
  delete: "delete",
  rm: "delete",
  rerun: "rerun",
  sweep: "sweep",
  compare: "compare",
  top: "top",
  exec: "exec",
  shell: "exec",
  "port-forward": "ports",
  open: "ports",
  get: "experiments",
  cancel: "experiments",
  events: "experiments",
  outputs: "outputs",
  why: "why",
  logs: "logs",
  validate: "manifest",
  plan: "manifest",
  migrate: "manifest",
  schema: "manifest",
  up: "cluster",
  down: "cluster",
  status: "cluster",
  kubeconfig: "cluster",
  prune: "prune",
  operator: "operator",
  install: "operator",
  "serve-local": "serve",
  init: "init",
  completion: "completion",
  complete: "completion",
};

/** The program with the commands that the command line needs, or all of them. */
export async function buildProgram(io: Io, argv: readonly string[], exit: (status: number) => void): Promise<Command> {
  const program = new Command("windlass")
    .description("Run distributed AI experiments (Ray, PyTorch, JAX, XGBoost) on this machine or on Kubernetes.")
    .version(version, "-V, --version")
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .showHelpAfterError("(add --help for usage)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => hasColor(io),
    });
  const wanted = moduleOf[argv.slice(2).find((word) => !word.startsWith("-")) ?? ""];
  const isVersion = argv.length === 3 && ["-V", "--version"].includes(argv[2] ?? "");
  for (const name of wanted ? [wanted] : isVersion ? [] : Object.keys(modules)) {
    for (const register of (await modules[name]?.()) ?? []) register(program, io, exit);
  }
  groupCommands(program, io);
  adviseOnNames(program, io);
  return program;
}

const exitCodeOfUsage = 2;

/** Whether the command line asks for JSON: programs that read answers want to read errors too. */
function wantsJson(argv: readonly string[]): boolean {
  return /(^| )(-o|--output)[ =]?json( |$)/.test(argv.slice(2).join(" "));
}

/** One line of JSON on stderr, which may carry progress before it. */
function reportJson(io: Io, told: Told): number {
  const { code, message, remedy, httpStatus } = told;
  io.stderr.write(`${JSON.stringify({ error: { code, message, remedy, httpStatus } })}\n`);
  return told.exitStatus;
}

/** The parser has told the person already; a program reads its own line. */
function reportUsage(io: Io, error: CommanderError, argv: readonly string[]): number {
  if (error.exitCode === 0) return 0;
  const message = error.message.replace(/^error: /, "");
  const remedy = "`windlass COMMAND --help` shows the usage";
  if (wantsJson(argv)) reportJson(io, { code: "USAGE", message, remedy, exitStatus: exitCodeOfUsage });
  return exitCodeOfUsage;
}

const unforeseen = (error: Error): Told => ({ code: "INTERNAL", message: error.message, exitStatus: 1 });

/** Prints an error for the person at the terminal, or for a program, and returns the exit status. */
export function report(io: Io, error: unknown, argv: readonly string[] = []): number {
  if (error instanceof CommanderError) return reportUsage(io, error, argv);
  const told = tellError(error);
  if (wantsJson(argv) && error instanceof Error) return reportJson(io, told ?? unforeseen(error));
  const label = paint(io, "red", "error:");
  if (told) {
    const { message, code, remedy, httpStatus } = told;
    const what =
      httpStatus === undefined
        ? `${message} [${code}]`
        : `the API server rejected the request: ${message} (${code}, HTTP ${httpStatus})`;
    io.stderr.write(asCalled(io, `${label} ${what}\n${remedy ? `  ${remedy}\n` : ""}`));
    return told.exitStatus;
  }
  const text = error instanceof Error ? (io.env["WINDLASS_DEBUG"] && error.stack) || error.message : String(error);
  io.stderr.write(`${label} ${text}\n  (set WINDLASS_DEBUG=1 for the stack trace)\n`);
  return 1;
}

export async function main(argv: readonly string[], io: Io = processIo()): Promise<void> {
  const exit = (status: number) => {
    process.exitCode = status;
  };
  try {
    const program = await buildProgram(io, argv, exit);
    if (argv.length <= 2) program.outputHelp();
    else await program.parseAsync(argv);
  } catch (error) {
    exit(report(io, error, argv));
  }
}
