/** Local clusters beside each other on one machine: each has a network, and its pods reach their own API server. */
import { afterAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";

const count = 10;

/** Prints the names of the pods that the pod's own API server knows, which it finds by name and by its variables. */
const script = `python3 - <<'EOF'
import json, os, ssl, urllib.request
folder = "/var/run/secrets/kubernetes.io/serviceaccount"
token = open(f"{folder}/token").read()
context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
for host in ("kubernetes.default.svc", os.environ["KUBERNETES_SERVICE_HOST"]):
    url = f"https://{host}/api/v1/namespaces/default/pods"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    # The certificate names the address that the first cluster has.
    context.check_hostname = host.startswith("kubernetes")
    pods = json.load(urllib.request.urlopen(request, context=context, timeout=10))
    print(*(pod["metadata"]["name"] for pod in pods["items"]))
EOF`;

describe.runIf(process.platform === "linux")(`${count} local clusters of one user`, () => {
  const nodes: TestNode[] = [];
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  it("have a network each", async () => {
    nodes.push(...(await Promise.all(Array.from({ length: count }, () => startTestNode("namespaces")))));
    const addresses = await Promise.all(
      nodes.map(async (node, at) => {
        await node.run(`pod-${at}`, script);
        const { status } = await node.ended(`pod-${at}`);
        expect(await node.logs(`pod-${at}`)).toBe(`pod-${at}\npod-${at}\n`);
        return status?.hostIP;
      }),
    );
    // An ordinary user's networks are apart, each in a namespace.
    const isRoot = process.getuid?.() === 0;
    expect(new Set(addresses).size).toBe(isRoot ? count : 1);
  });
});
