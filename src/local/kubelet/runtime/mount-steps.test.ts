import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";
import type { MachineRoot } from "./machine-root.ts";
import { type MountStep, mountSteps, workingDirectory } from "./mount-steps.ts";
import type { ProcessSpec } from "./types.ts";

const machine: MachineRoot = {
  empty: [],
  entries: ["/data", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/usr"],
  links: [{ at: "/bin", to: "usr/bin" }],
  devices: ["/dev/null"],
  ofRun: ["/run/systemd/resolve"],
};
const visibility = { home: "/home/me", hidden: ["/data/state"], kept: ["/data/cache"] };
const folder = "/data/state/run/u/containers/c/0";
const base: ProcessSpec = {
  sandbox: { ip: "", gone: Promise.resolve(), destroy: async () => {} },
  id: "u-c-0",
  folder,
  argv: ["true"],
  env: {},
  binds: [],
  limits: {},
  capabilities: [],
  isPrivileged: false,
};

function steps(spec: Partial<ProcessSpec> = {}, needed: readonly string[] = [], groups = {}): readonly MountStep[] {
  return mountSteps({ spec: { ...base, ...spec }, machine, skeleton: "/s", visibility, needed, groups });
}
const at = (list: readonly MountStep[], path: string) => list.filter((step) => step.at === path);

describe("what a container sees of the machine", () => {
  it.each(["/data", "/etc", "/usr", "/sys"])("is %s, to read only", (path) => {
    expect(at(steps(), path)).toEqual([{ do: "bind", source: path, at: path, readOnly: true }]);
  });
  it.each(["/home", "/root"])("is not what the machine has in %s", (path) => {
    expect(at(steps(), path)).toEqual([{ do: "folder", at: path }]);
  });
  it.each([
    ["/home/me", "home"],
    ["/tmp", "tmp"],
    ["/var/tmp", "var-tmp"],
  ])("is a folder of its own in place of %s", (path, name) => {
    expect(at(steps(), path)).toEqual([{ do: "bind", source: `${folder}/${name}`, at: path }]);
  });
  it("is nothing of the cluster's state, and what it keeps, hidden first and shown then", () => {
    const list = steps();
    const hide = list.findIndex((step) => step.do === "hide" && step.at === "/data/state");
    expect(hide).toBeGreaterThan(list.findIndex((step) => step.at === "/data"));
    expect(list.findIndex((step) => step.at === "/data/cache")).toBeGreaterThan(hide);
  });
  it("is what its programs need of a home, and its Python's packages with a layer of its own", () => {
    const list = steps({}, ["/home/me/.pyenv/versions/3.12", "/home/me/.pyenv", "/data/cache/environments/a"]);
    expect(at(list, "/home/me/.pyenv")).toMatchObject([{ do: "bind", readOnly: true }]);
    expect(at(list, "/home/me/.pyenv/versions/3.12")).toEqual([]);
    expect(at(list, "/data/cache/environments/a")).toMatchObject([{ do: "layer", instead: "read-only" }]);
  });
  it("is its own control group where the machine's are", () => {
    const groups = { "/sys/fs/cgroup/memory": "/sys/fs/cgroup/memory/windlass/a" };
    const source = groups["/sys/fs/cgroup/memory"];
    expect(at(steps({}, [], groups), "/sys/fs/cgroup/memory")).toMatchObject([{ source, readOnly: true }]);
  });
  it("is its volumes last, over everything else", () => {
    const binds = [{ source: "/data/state/outputs", target: "/data/state/outputs" }];
    expect(steps({ binds }).at(-1)).toEqual({ do: "bind", at: "/data/state/outputs", source: "/data/state/outputs" });
  });
  it("is its source where the image says, with a layer of its own, which it starts in", () => {
    const spec = { source: "/data/cache/sources/s", sourceTarget: "/app" };
    expect(at(steps(spec), "/app")).toMatchObject([{ do: "layer", source: spec.source, instead: "fail" }]);
    expect(workingDirectory({ ...base, ...spec })).toBe("/app");
    expect(workingDirectory({ ...base, ...spec, workingDir: "/w" })).toBe("/w");
    expect(workingDirectory(base)).toBe("/windlass/app");
  });
});

describe("capabilities", () => {
  const chown = 0;
  const netAdmin = 12;
  const sysAdmin = 21;
  it.each<[string, Parameters<typeof capabilitiesOf>[0], readonly number[], readonly number[]]>([
    ["the usual ones of containers", undefined, [chown], [netAdmin, sysAdmin]],
    ["what is added", { capabilities: { add: ["NET_ADMIN"] } }, [chown, netAdmin], [sysAdmin]],
    ["what is not dropped", { capabilities: { drop: ["CAP_CHOWN"] } }, [], [chown]],
    ["only what is added, when all are dropped", { capabilities: { drop: ["ALL"], add: ["CHOWN"] } }, [chown], [1]],
    ["all of a privileged container", { privileged: true }, [chown, netAdmin, sysAdmin], []],
  ])("are %s", (_name, context, has, hasNot) => {
    const found = capabilitiesOf(context);
    expect(found).toEqual(expect.arrayContaining([...has]));
    expect(found.filter((number) => hasNot.includes(number))).toEqual([]);
  });
});
