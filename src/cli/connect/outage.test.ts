/** What is said while the connection is lost, and when the waiting ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTicks, writeRecord } from "../daemon/record.ts";
import { Outage } from "./outage.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-outage-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeOutage(isLocal: boolean) {
  const server = join(folder, "server.json");
  const local = { state: folder, cache: "", kubeconfig: "", server, log: "" };
  const said: string[] = [];
  let now = 0;
  const outage = new Outage(
    { name: isLocal ? "the local cluster" : "context remote", ...(isLocal && { local }) },
    { name: "e", say: (line) => void said.push(line), now: () => now },
  );
  const start = () =>
    writeRecord(server, { pid: process.pid, startTicks: startTicks(process.pid), url: "", startedAt: "", version: "" });
  return { outage, said, start, pass: (ms: number) => (now += ms) };
}

const error = new Error("connect ECONNREFUSED");

test("a connection that breaks is told once, and its return once", () => {
  const { outage, said } = makeOutage(false);
  outage.back();
  for (let times = 0; times < 3; times++) outage.lost(error);
  outage.back();
  outage.back();
  expect(said).toEqual([
    "(connection to context remote lost: connect ECONNREFUSED; reconnecting)",
    "(reconnected to context remote)",
  ]);
});

test("a local cluster that is down is told with what helps, and found again", () => {
  const { outage, said, start, pass } = makeOutage(true);
  outage.lost(error);
  pass(60_000);
  outage.lost(error);
  start();
  outage.lost(error);
  outage.back();
  expect(said).toEqual([
    "(the local cluster is down; this command resumes after `windlass up`)",
    "(reconnected to the local cluster)",
  ]);
});

test("a local cluster that stays down is not waited for without end; another cluster is", () => {
  const local = makeOutage(true);
  local.outage.lost(error);
  local.pass(120_001);
  expect(() => local.outage.lost(error)).toThrow("the local cluster was stopped");
  const remote = makeOutage(false);
  remote.outage.lost(error);
  remote.pass(10 * 3_600_000);
  expect(() => remote.outage.lost(error)).not.toThrow();
});
