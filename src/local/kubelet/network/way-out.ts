/**
 * The way out of a network namespace that an ordinary user made: the kernel gives none, so a program with a network
 * stack of its own passes on what leaves it. Nothing of the machine's own loopback is reached through it, and nothing
 * comes in.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { systemPath, tool } from "../runtime/processes.ts";

export interface WayOut {
  /** Why there is none; undefined when there is one. */
  readonly reason?: string;
  close(): void;
}

const device = "/dev/net/tun";
/** The programs that can do it, the one that is quicker first. */
const programs: Readonly<Record<string, (pid: number) => string>> = {
  pasta: (pid) => `--foreground --quiet --config-net --no-map-gw -t none -u none -T none -U none ${pid}`,
  slirp4netns: (pid) => `--configure --mtu=65520 --disable-host-loopback ${pid} tap0`,
};
const readyPolls = 50;
const pollMs = 20;

const none = (reason: string): WayOut => ({ reason, close: () => {} });

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Descriptor 3 is ours: at its end, when this process closes it or dies, the program goes. */
const script = `"$@" 3<&- & program=$!
(read -r _ <&3; kill "$program") & reader=$!
wait "$program"
kill "$reader"`;

/** From the kernel's table, whose second column is the destination. */
const hasDefaultRoute = (pid: number) => /^\S+\t0{8}\t/m.test(readFileSync(`/proc/${pid}/net/route`, "utf8"));

/** For the network namespace of `pid`. Never rejects: pods without a way out still reach each other. */
export async function openWayOut(pid: number): Promise<WayOut> {
  const [name, words] = Object.entries(programs).find(([program]) => tool(program) !== program) ?? [];
  if (!name || !words) return none("install pasta or slirp4netns (packages passt and slirp4netns)");
  if (!mayUse(device)) return none(`${name} may not use ${device}: \`sudo chmod 666 ${device}\``);
  const argv = [tool(name), ...words(pid).split(" ")];
  const child = spawn(tool("sh"), ["-c", script, "sh", ...argv], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { PATH: systemPath },
    detached: true,
  });
  const line = child.stdio[3] as Writable;
  line.on("error", () => {});
  const close = () => void line.end();
  for (let polls = 0; polls < readyPolls && child.exitCode === null; polls++) {
    if (hasDefaultRoute(pid)) return { close };
    await sleep(pollMs);
  }
  close();
  return none(`${name} did not start`);
}
