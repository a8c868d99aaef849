/**
 * What the local API server proves itself with, and what its users log in with: a certificate and a token, made once
 * and kept in files that only the owner may read.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Credentials {
  /** PEM; signs itself, so it is its own authority. */
  readonly cert: string;
  readonly key: string;
  readonly token: string;
}

const lifetimeDays = 3650;
const renewBeforeMs = 30 * 86_400_000;

function isUsable(credentials: Credentials, now: Date): boolean {
  try {
    return (
      Date.parse(new X509Certificate(credentials.cert).validTo) - now.getTime() > renewBeforeMs &&
      credentials.token.length >= 32
    );
  } catch {
    return false;
  }
}

async function make(addresses: readonly string[], now: Date): Promise<Credentials> {
  // Loaded only here: it costs more than everything else at start.
  const { generate } = await import("selfsigned");
  const notAfterDate = new Date(now.getTime() + lifetimeDays * 86_400_000);
  const altNames = [
    ...addresses.map((ip) => ({ type: 7 as const, ip })),
    ...[
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ].map((value) => ({ type: 2 as const, value })),
  ];
  const made = await generate([{ name: "commonName", value: "windlass" }], {
    keyType: "ec",
    notAfterDate,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { cert: made.cert, key: made.private, token: randomBytes(24).toString("hex") };
}

/** Reads the credentials kept in `folder`, or makes them for a server that answers on `addresses`. */
export async function loadCredentials(folder: string, addresses: readonly string[], now: Date): Promise<Credentials> {
  const file = join(folder, "credentials.json");
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Credentials;
    if (isUsable(kept, now)) return kept;
  }
  const made = await make(addresses, now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Two that start at once must not rename each other's half-written file.
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, JSON.stringify(made), { mode: 0o600 });
  renameSync(temporary, file);
  return made;
}

/** A kubeconfig for `url`, as YAML that any Kubernetes client reads. */
export function formatKubeconfig(url: string, { cert, token }: Pick<Credentials, "cert" | "token">): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: windlass
    cluster:
      server: ${url}
      certificate-authority-data: ${Buffer.from(cert).toString("base64")}
users:
  - name: windlass
    user:
      token: ${token}
contexts:
  - name: windlass
    context:
      cluster: windlass
      user: windlass
      namespace: default
current-context: windlass
`;
}
