/** Inputs and outputs on a real cluster: an S3 server on this machine that the pods reach, and places that they cannot reach. */
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Node } from "../../src/api/core/kinds.ts";
import type { KubeObject } from "../../src/meta/object.ts";
import { type S3Server, startS3 } from "../e2e/s3-server.ts";
import { Windlass } from "../e2e/windlass.ts";
import {
  installDefinitions,
  kubeconfig,
  openCluster,
  type Operator,
  type RealCluster,
  startOperator,
} from "./cluster.ts";
import { manifest } from "./objects.ts";

/** The address by which this machine's packets leave for the node. */
async function addressFor(client: RealCluster["client"]): Promise<string> {
  const { items } = await client.list<KubeObject & { status?: { addresses?: readonly { address: string }[] } }>(Node);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.connect(9, items[0]?.status?.addresses?.[0]?.address, () => resolve()));
  const { address } = socket.address();
  socket.close();
  return address;
}

let cluster: RealCluster;
let operator: Operator;
let server: S3Server;
const projects = new Windlass();
const folder = mkdtempSync(join("/var/tmp", "windlass-s3-"));
const places = ["--outputs", "s3://results/team", "--inputs", "s3://datasets/corpus"];

beforeAll(async () => {
  cluster = await openCluster();
  await installDefinitions(cluster);
  server = await startS3(folder, ["results", "datasets"], await addressFor(cluster.client));
  await server.put("datasets", "corpus/words", "one two");
  operator = await startOperator(places, server.env);
});
afterAll(async () => {
  await cluster?.close();
  await operator?.stop();
  await server?.stop();
  await projects.stop();
});

// The image has curl, which signs requests itself.
const script = `s3() { curl -sSf --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@"; }
at() { echo "$AWS_ENDPOINT_URL/\${1#s3://}"; }
echo read $(s3 $(at $AICHOR_INPUT_PATH)/words)
s3 -X PUT --data-binary "ONE TWO" $(at $AICHOR_OUTPUT_PATH)/model.pt && s3 -X PUT --data-binary 1 $(at $WINDLASS_CHECKPOINT_PATH)/last`;

it("a pod reads its inputs and writes outputs, which are listed and downloaded; no key is in plain sight", async () => {
  const types = "    main: { count: 1, resources: { cpus: 0.1, ramRatio: 1 } }\n";
  const { status, output } = await cluster.windlass("run", projects.project(manifest("jobset", script, types)));
  expect(status, output).toBe(0);
  expect(output).toContain("read one two");
  expect(output).toMatch(/outputs: 2 files, 8 B in s3:\/\/results\/team\//);
  const listed = await cluster.windlass("outputs", "latest", "-o", "json");
  expect(JSON.parse(listed.stdout)).toMatchObject({ files: [{ path: "checkpoints/last" }, { path: "model.pt" }] });
  const target = join(projects.home, "downloaded");
  await cluster.windlass("outputs", "latest", "--download", target);
  expect(readFileSync(join(target, "model.pt"), "utf8")).toBe("ONE TWO");
  expect((await cluster.windlass("get", "latest", "-o", "json")).stdout).not.toContain("test-secret");
  expect(JSON.stringify(await cluster.pods())).not.toContain("test-secret");
});

it.each([
  ["a server on its own loopback", { AWS_ENDPOINT_URL: "http://localhost:9000" }, /own loopback \[STORAGE_LOOPBACK\]/],
  ["keys that are wrong", { AWS_SECRET_ACCESS_KEY: "wrong" }, /answered SignatureDoesNotMatch/],
])("an operator refuses %s", async (_, env, message) => {
  const other = new Windlass({ ...server.env, ...env });
  const { status, output } = await other.run("operator", "--kubeconfig", kubeconfig, ...places);
  await other.stop();
  expect(output).toMatch(message);
  expect(status).not.toBe(0);
});
