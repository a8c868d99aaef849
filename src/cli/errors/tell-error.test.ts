import { PassThrough } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { failure, KubeconfigError, KubeError, LoginError } from "../../kube/errors.ts";
import { unreachable } from "../../kube/https-transport.ts";
import { main } from "../main.ts";
import { tellError } from "./tell-error.ts";

afterEach(() => {
  process.exitCode = undefined;
});

test.each([
  [
    "a kubeconfig that is not there",
    new KubeconfigError("kubeconfig /nope does not exist"),
    "KUBECONFIG",
    /--kubeconfig/,
  ],
  [
    "an exec plugin that fails",
    new LoginError("the exec plugin exited with 255"),
    "LOGIN_FAILED",
    /kubectl get namespaces/,
  ],
  ["a server that does not answer", unreachable("https://a:1", new Error("refused")), "API_UNREACHABLE", /is running/],
  ["expired credentials", new KubeError(failure(401, "Unauthorized", "Unauthorized")), "Unauthorized", /log in/],
  ["a missing right", new KubeError(failure(403, "Forbidden", "may not")), "Forbidden", /permission/],
  [
    "a kind that is not installed",
    new KubeError(failure(404, "NotFound", "no such page")),
    "NotFound",
    /install --crds/,
  ],
  [
    "the log of a pod that has not started",
    new KubeError(failure(400, "BadRequest", 'container "main" in pod "a" is waiting to start: ContainerCreating')),
    "BadRequest",
    /windlass why NAME/,
  ],
  [
    "the log before a restart that never was",
    new KubeError(failure(400, "BadRequest", 'previous terminated container "main" in pod "a" not found')),
    "BadRequest",
    /leave --previous out/,
  ],
])("%s is told with a code and the way out", (_, error, code, remedy) => {
  expect(tellError(error)).toMatchObject({ code, exitStatus: 1, remedy: expect.stringMatching(remedy) as string });
});

test("an object that is not there is no matter of definitions", () => {
  const error = new KubeError(failure(404, "NotFound", 'pods "x" not found', { name: "x" }));
  expect(tellError(error)?.remedy).toBeUndefined();
});

test("what nobody foresaw has no words", () => {
  expect(tellError(new TypeError("x is not a function"))).toBeUndefined();
});

async function windlass(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  await main(["node", "windlass", ...args], { stdout, stderr, isTTY: false, cwd: "/", env: {} });
  return { status: process.exitCode ?? 0, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}

test.each([
  [["get", "-o", "json"], "missing required argument 'name'"],
  [["list", "--bogus", "-o", "json"], "unknown option '--bogus'"],
])("a wrong command line is JSON too, where JSON is asked for: %j", async (args, message) => {
  const { status, err } = await windlass(...args);
  const last = JSON.parse(err.trim().split("\n").at(-1) ?? "") as object;
  expect(last).toMatchObject({ error: { code: "USAGE", message } });
  expect(status).toBe(2);
});

test.each(["list", "get x", "cancel x", "events x", "why x", "run", "up", "down", "status", "kubeconfig", "migrate x"])(
  "an output format that there is not is refused: %s -o xml",
  async (command) => {
    const { status, out, err } = await windlass(...command.split(" "), "-o", "xml");
    expect([status, out]).toEqual([2, ""]);
    expect(err).toContain("argument 'xml' is invalid. Allowed choices are json");
  },
);
