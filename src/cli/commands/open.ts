/** `windlass open NAME [PAGE]`: links to the experiment's web pages that work from this machine, until Ctrl-C. */
import { asCalled } from "../program/called-as.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { Argument, type Command } from "commander";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { pathOf } from "../../kube/client.ts";
import {
  type Dashboard,
  dashboardNames,
  type DashboardName,
  dashboards,
  findDashboards,
  tokenIn,
} from "../pods/dashboards.ts";
import { hasDesktop, openBrowser } from "../terminal/browser.ts";
import { findExperiment, mainPod, nameOf, podsOf } from "../experiments/find.ts";
import { holdUntilOver } from "../terminal/hold.ts";
import { type Io, paint, writeLine } from "../program/io.ts";
import { type LocalPort, openFreePort } from "../pods/local-ports.ts";
import { logLines } from "../logs/log-stream.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { overOf } from "./port-forward.ts";

interface OpenFlags extends TargetFlags {
  readonly browser?: boolean;
}

const answerEveryMs = 500;
const answerMs = 5000;
/** Nobody waits that long in silence. */
const patienceMs = 5000;
const mostTokenTries = 20;

/** Whether anything serves behind a link, whatever it says. */
async function answers(url: string): Promise<boolean> {
  try {
    const { body } = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(answerMs) });
    await body?.cancel();
    return true;
  } catch {
    return false;
  }
}

interface Page {
  readonly experiment: Experiment;
  readonly dashboard: Dashboard;
}

/** Programs need some seconds to serve, and whoever waits is told where to look. Throws UserError once the experiment has ended. */
async function awaitAnswer(io: Io, target: Target, { experiment, dashboard }: Page, url: string): Promise<void> {
  const { name, pod, container } = dashboard;
  const started = performance.now();
  let hasSaid = false;
  while (!(await answers(url))) {
    if (!hasSaid && performance.now() - started > patienceMs) {
      const log = `windlass logs ${nameOf(experiment)}${container ? ` --pod ${pod} -c ${container}` : ""}`;
      io.stderr.write(asCalled(io, `waiting for ${dashboards[name].title} to answer; \`${log}\` shows its log\n`));
      hasSaid = true;
    }
    const now = await findExperiment(target, nameOf(experiment));
    if (isExperimentFinished(now)) findDashboards(now, [], name);
    await sleep(answerEveryMs);
  }
}

/** Jupyter prints its token, within an address that only its own pod can reach. */
async function tokenOf(target: Target, experiment: Experiment): Promise<string | undefined> {
  const pod = mainPod(await podsOf(target, experiment));
  if (!pod) return undefined;
  const request = { pod: nameOf(pod), container: pod.spec.containers[0]?.name };
  for await (const { text } of logLines(target, request)) {
    const token = tokenIn(text);
    if (token) return token;
  }
  return undefined;
}

async function linkTo(io: Io, target: Target, page: Page, port: number): Promise<string> {
  const base = `http://127.0.0.1:${port}`;
  await awaitAnswer(io, target, page, base);
  if (page.dashboard.name !== "jupyter") return base;
  for (let tries = 0; tries < mostTokenTries; tries++) {
    const token = await tokenOf(target, page.experiment).catch(() => undefined);
    if (token) return `${base}/?token=${token}`;
    await sleep(answerEveryMs);
  }
  return base;
}

async function openPage(
  io: Io,
  target: Target,
  page: Page,
): Promise<{ readonly port: LocalPort; readonly url: string }> {
  const { pod, port } = page.dashboard;
  const to = { path: pathOf(PodKind, target.namespace, pod, "portforward"), port };
  // A page asks for dozens of files: one that is not there is the browser's to tell.
  const opened = await openFreePort(target.client.transport, to, () => {});
  try {
    return { port: opened, url: await linkTo(io, target, page, opened.port) };
  } catch (error) {
    opened.close();
    throw error;
  }
}

async function open(io: Io, name: string, wanted: DashboardName | undefined, flags: OpenFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    const found = findDashboards(experiment, await podsOf(target, experiment), wanted);
    const pages: { readonly port: LocalPort; readonly url: string }[] = [];
    try {
      for (const dashboard of found) {
        const page = await openPage(io, target, { experiment, dashboard });
        pages.push(page);
        writeLine(io, `${dashboards[dashboard.name].title.padEnd(14)} ${page.url}`);
      }
      io.stderr.write(`${paint(io, "dim", "the links work until you press Ctrl-C or the experiment ends")}\n`);
      const [first] = pages;
      if (first && flags.browser !== false && hasDesktop(io, process.platform)) await openBrowser(first.url);
      const pod = found[0]?.pod ?? "";
      const why = await holdUntilOver<Pod>(target, { kind: PodKind, name: pod, over: overOf(pod) });
      if (why) io.stderr.write(`${why}: the links are closed\n`);
    } finally {
      for (const { port } of pages) port.close();
    }
  });
}

export function registerOpen(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("open"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .addArgument(new Argument("[page]", "page to open (default: all)").choices(dashboardNames))
    .description("open the Ray dashboard, TensorBoard or Jupyter of an experiment through a local link")
    .option("--no-browser", "print the links without opening a browser")
    .action(async (name: string, page: DashboardName | undefined, flags: OpenFlags) => {
      await open(io, name, page, flags);
      exit(0);
    });
}
