import { expect, test } from "vitest";
import { awaitSource, type Sight } from "./await-source.ts";
import type { LogSource } from "./log-sources.ts";
import { selectRank } from "../pods/select-pods.ts";

async function* noLines() {}
const pod = (rank: number): LogSource => ({
  pod: `w-${rank}`,
  uid: String(rank),
  part: "worker",
  coordinates: { type: "worker", job: rank, index: 0, rank },
  isGone: false,
  lines: noLines,
});
const submitter: LogSource = { pod: "s", uid: "s", part: "submitter", isGone: false, lines: noLines };

async function awaitRank(wanted: string, ...sights: readonly Sight[]) {
  const said: string[] = [];
  const left = [...sights];
  const look = async () => left.shift() ?? Promise.reject(new Error("looked once too often"));
  const choose = (sources: readonly LogSource[]) => selectRank(sources, wanted);
  const found = await awaitSource({ look, choose, say: (line) => said.push(line) }).then(
    (source) => source.pod,
    (error: Error) => error.message,
  );
  return { found, said, unused: left.length };
}
const going = (...sources: readonly LogSource[]): Sight => ({ sources, isOver: false });

test("a rank that is there is taken at once", async () => {
  expect(await awaitRank("0", going(pod(0)))).toEqual({ found: "w-0", said: [], unused: 0 });
});

test("one that comes later is waited for, which is said once", async () => {
  const waiting = ['rank "1" not found yet; waiting'];
  expect(await awaitRank("1", going(), going(pod(0)), going(pod(0), pod(1)))).toEqual({
    found: "w-1",
    said: waiting,
    unused: 0,
  });
});

test("one that never came is told when the experiment is over", async () => {
  const over = { sources: [pod(0)], isOver: true };
  expect(await awaitRank("7", going(pod(0)), over)).toMatchObject({ found: 'rank "7" not found', unused: 0 });
});

test("where pods have no ranks, nothing is waited for", async () => {
  expect(await awaitRank("0", going(submitter), going(submitter))).toMatchObject({
    found: "the pods of this experiment have no ranks",
    said: [],
    unused: 1,
  });
});
