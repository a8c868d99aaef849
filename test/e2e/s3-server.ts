/** S3Proxy on a port of this machine: an S3 server that checks signatures and keeps objects in a folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { eventually } from "../../src/testing/eventually.ts";
import { root } from "./windlass.ts";

export interface S3Server {
  readonly endpoint: string;
  /** For the environment of whoever is to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** As a user would, with the keys of the environment. */
  put(bucket: string, key: string, body: string): Promise<void>;
  stop(): Promise<void>;
}

const jars = process.env["WINDLASS_S3_JARS"] ?? "/var/tmp/windlass-e2e-s3proxy";

/** From Maven, once. */
function fetchJars(): void {
  if (existsSync(jars)) return;
  const part = `${jars}.${process.pid}`;
  execFileSync("mvn", [
    "-q",
    "-B",
    "-f",
    join(root, "test/s3/pom.xml"),
    "dependency:copy-dependencies",
    `-DoutputDirectory=${part}`,
  ]);
  renameSync(part, jars);
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

const answers = async (endpoint: string) => {
  try {
    return (await fetch(endpoint)).status > 0;
  } catch {
    return false;
  }
};

const keys = { AWS_ACCESS_KEY_ID: "test-key", AWS_SECRET_ACCESS_KEY: "test-secret" } as const;

/** Starts it in `folder`; resolves when it answers on an address of this machine. Each of `buckets` is there. */
export async function startS3(folder: string, buckets: readonly string[], host = "127.0.0.1"): Promise<S3Server> {
  fetchJars();
  for (const bucket of buckets) mkdirSync(join(folder, "objects", bucket), { recursive: true });
  const endpoint = `http://${host}:${await freePort(host)}`;
  const properties = join(folder, "s3proxy.properties");
  const settings = {
    "s3proxy.endpoint": endpoint,
    "s3proxy.authorization": "aws-v2-or-v4",
    "s3proxy.identity": keys.AWS_ACCESS_KEY_ID,
    "s3proxy.credential": keys.AWS_SECRET_ACCESS_KEY,
    "s3proxy.ignore-unknown-headers": "true",
    "jclouds.provider": "filesystem-nio2",
    "jclouds.filesystem.basedir": join(folder, "objects"),
    "jclouds.identity": "none",
    "jclouds.credential": "none",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(properties, lines.join(""));
  const args = ["-DLOG_LEVEL=warn", "-cp", `${jars}/*`, "org.gaul.s3proxy.Main", "--properties", properties];
  const child: ChildProcess = spawn("java", args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await eventually(() => answers(endpoint), "the S3 server answers", 120_000);
  return {
    endpoint,
    env: { AWS_ENDPOINT_URL: endpoint, AWS_REGION: "us-east-1", ...keys },
    async put(bucket, key, body) {
      const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = keys;
      const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1" });
      const { status } = await client.fetch(`${endpoint}/${bucket}/${key}`, { method: "PUT", body });
      if (status !== 200) throw new Error(`s3://${bucket}/${key}: HTTP ${status}`);
    },
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
