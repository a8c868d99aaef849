import { expect, test } from "vitest";
import type { Io } from "../program/io.ts";
import type { Cause, Finding } from "./finding.ts";
import { renderFindings } from "./render.ts";

const io: Io = { stdout: process.stdout, stderr: process.stderr, isTTY: false, cwd: "/", env: {} };
const finding = (cause: Cause, pod: string, evidence: readonly string[], more: Partial<Finding> = {}): Finding => ({
  cause,
  where: `pod ${pod}`,
  evidence,
  ...more,
});
const render = (findings: readonly Finding[], lines: readonly string[] = []) =>
  renderFindings(io, findings, lines).split("\n");

test("the first finding is told in full, with the end of its log", () => {
  const log = { pod: "a", container: "main", previous: false };
  const first = finding("CommandFailed", "a", ["exit code 3", "restarted"], { remedy: "correct it", log });
  expect(render([first], ["bye"])).toEqual([
    "CommandFailed: pod a",
    "  exit code 3",
    "  restarted",
    "  last lines of a, container main:",
    "    bye",
    "what to do: correct it",
  ]);
});

test("a last line that the status has as well is shown once", () => {
  const log = { pod: "a", container: "main", previous: false };
  const first = finding("CommandFailed", "a", ["exit code 3", "bye"], { log });
  expect(render([first], ["hello", "bye "]).slice(1)).toEqual([
    "  exit code 3",
    "  last lines of a, container main:",
    "    hello",
    "    bye ",
  ]);
});

test("the others are told in a line each, those that say the same in one", () => {
  const first = finding("CommandFailed", "a", ["exit code 3"]);
  const waits = ["b", "c", "d"].map((pod) => finding("WaitingForHead", pod, ["waiting for the head"]));
  expect(render([first, ...waits, finding("NotReady", "e", ["running"])]).slice(2)).toEqual([
    "",
    "also:",
    "  WaitingForHead: pod b and 2 more: waiting for the head",
    "  NotReady: pod e: running",
  ]);
});

test("a long list ends with how many there are more", () => {
  const all = Array.from({ length: 31 }, (_, at) => finding("CommandFailed", `p${at}`, [`exit code ${at}`]));
  const lines = render(all);
  expect(lines).toHaveLength(15);
  expect(lines.at(-1)).toBe("  and 20 more (-o json shows all)");
});

test("colours that a program printed are dropped where none are wanted", () => {
  expect(render([finding("CommandFailed", "a", ["\u001b[31mbad\u001b[39m"])])[1]).toBe("  bad");
});

test("a success is one line", () => {
  expect(render([finding("Succeeded", "a", ["it succeeded"])])).toEqual(["nothing is wrong: pod a succeeded"]);
});
