/** `windlass exec` and `windlass shell`: a command, or a shell, in a running pod of an experiment. */
import type { Command } from "commander";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import { pathOf } from "../../kube/client.ts";
import { reachErrors } from "../errors/reach.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import type { Io } from "../program/io.ts";
import { operandsOf } from "../program/operands.ts";
import { chooseContainer, findRunningPod, type PodFlags } from "../pods/reach-pod.ts";
import { joinCommand } from "../terminal/remote-terminal.ts";
import { type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

interface ExecFlags extends TargetFlags, PodFlags {
  readonly container?: string;
  readonly tty?: boolean;
}

interface ExecRequest {
  readonly name: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly flags: ExecFlags;
}

/** bash where the image has one. */
const shellCommand = ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"];

async function execute(io: Io, { name, command, tty, flags }: ExecRequest): Promise<number> {
  return withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    const pod = await findRunningPod(target, experiment, flags);
    const container = chooseContainer(pod, flags.container);
    const path = pathOf(PodKind, target.namespace, nameOf(pod), "exec");
    const request = { path, container, command, tty };
    return joinCommand(io, target.client.transport, request, process.stdin);
  });
}

const onTerminal = (io: Io): boolean => io.isTTY && process.stdin.isTTY;

function withPod(command: Command): Command {
  return withTarget(command)
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .option("--pod <name>", "pod: name, part of the name, or group (default: the Ray head, or rank 0)")
    .option("--rank <rank>", "pod with this rank: a number, or TYPE/JOB/INDEX in a JobSet")
    .option("-c, --container <name>", "container (default: the first)");
}

export function registerExec(program: Command, io: Io, exit: (status: number) => void): void {
  withPod(program.command("exec"))
    .usage("[options] <name> -- command [arguments]")
    .allowExcessArguments()
    .description("run a command in a running pod and exit with its status")
    .option("--no-tty", "do not allocate a terminal for the command")
    .action(async (name: string, flags: ExecFlags, command: Command) => {
      const { behind } = operandsOf(command, 1);
      if (behind.length === 0) throw reachErrors.NO_COMMAND(name);
      exit(await execute(io, { name, command: behind, tty: flags.tty !== false && onTerminal(io), flags }));
    });
  withPod(program.command("shell"))
    .description("open a shell in a running pod")
    .action(async (name: string, flags: ExecFlags) => {
      if (!onTerminal(io)) throw reachErrors.NO_TERMINAL();
      exit(await execute(io, { name, command: shellCommand, tty: true, flags }));
    });
}
