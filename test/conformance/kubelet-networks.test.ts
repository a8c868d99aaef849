/** Networks of pods on the local node: names, Services, and what mends them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Pod as PodKind, Service } from "../../src/api/core/kinds.ts";
import type { Container } from "../../src/api/core/pod.ts";
import { tool } from "../../src/local/kubelet/runtime/processes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";

const execute = promisify(execFile);
const isLinux = process.platform === "linux";
const container = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "machine",
  command: ["bash", "-c", script],
  ...more,
});

describe.runIf(isLinux)("networks of pods", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode("namespaces");
  });
  afterAll(() => node?.stop());

  it("lets two pods listen on one port, and answers a Service's address with either", async () => {
    await node.create(
      Service,
      { name: "web" },
      { spec: { selector: { role: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] } },
    );
    for (const name of ["one", "two"]) {
      const main = container("main", "hostname >index.html; exec python3 -m http.server 8000", {
        ports: [{ name: "http", containerPort: 8000 }],
        readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
      });
      const spec = { containers: [main], terminationGracePeriodSeconds: 0 };
      await node.create(PodKind, { name, labels: { role: "web" } }, { spec });
    }
    for (const name of ["one", "two"]) {
      await node.until(name, (pod) =>
        pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      );
    }
    const ask = "import urllib.request as u; print(u.urlopen('http://web', timeout=5).read().decode().strip())";
    await node.run("client", `for i in 1 2 3 4 5 6; do python3 -c "${ask}" 2>/dev/null || sleep 0.2; done | sort -u`);
    await node.ended("client");
    expect(await node.logs("client")).toBe("one\ntwo\n");
    for (const name of ["one", "two"]) await node.remove(name, 0);
  });

  it.runIf(process.getuid?.() === 0)(
    "is mended when somebody takes its bridge, a pod's link or its rules away",
    async () => {
      await node.run("server", "exec python3 -m http.server 8000", { terminationGracePeriodSeconds: 0 });
      const { status } = await node.until("server", (pod) => pod.status?.containerStatuses?.[0]?.ready);
      const { stdout: devices } = await execute("ip", ["-o", "-4", "addr", "show", "to", `${status?.hostIP}/32`]);
      const bridge = /^\d+: (\S+)/.exec(devices)?.[1] ?? "";
      const onlyLink = async () => {
        const { stdout: links } = await execute("ip", ["-o", "link", "show", "master", bridge]);
        return links.split("\n").length === 2 && /^\d+: ([^@:]+)/.exec(links)?.[1];
      };
      const link = await eventually(onlyLink, "the pods of before have left the bridge");
      const told = (what: string) =>
        eventually(async () => (await node.events("local")).join("\n").includes(what), `the node tells: ${what}`);
      await execute("ip", ["link", "del", bridge]);
      await told(`bridge ${bridge} was missing`);
      await execute("ip", ["link", "del", link]);
      await told(`the link of pod ${status?.podIP} was missing`);
      const ask = `import urllib.request as u; print(u.urlopen('http://${status?.podIP}:8000', timeout=5).status)`;
      await node.run("asks-after", `for i in $(seq 20); do python3 -c "${ask}" 2>/dev/null && break; sleep 0.2; done`);
      await node.ended("asks-after");
      expect(await node.logs("asks-after")).toBe("200\n");
      if (tool("nft") !== "nft") {
        await execute("nft", ["delete", "table", "ip", bridge]);
        await told("the firewall rules that let pods reach other machines were missing");
        expect((await execute("nft", ["list", "table", "ip", bridge])).stdout).toContain("masquerade");
      }
      expect(await node.condition("WindlassNetwork")).toMatchObject({ status: "True" });
      await node.remove("server", 0);
    },
  );

  it("has a default route, and answers unknown names at once", async () => {
    await node.run(
      "route",
      "ip route show default | cut -d' ' -f1; getent hosts nothing.default.svc.cluster.local || echo unknown",
    );
    await node.ended("route");
    expect(await node.logs("route")).toBe("default\nunknown\n");
  });
});
