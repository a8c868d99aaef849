/** Creating, reading, updating: names, versions, conflicts, validation, dry runs. */
import { expect, it } from "vitest";
import { ConfigMap, Job, Pod, Secret, Service } from "../../../src/api/core/kinds.ts";
import type { UnknownObject } from "../../../src/meta/object.ts";
import type { Connected } from "./connect.ts";
import { configMap, pod, podRef, refTo, refused } from "./objects.ts";

export function writes(server: () => Connected): void {
  it("create fills in the system's metadata", async () => {
    const { client, namespace } = server();
    const made = await client.create(ConfigMap, configMap(namespace, "filled"));
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(made.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(await client.get(refTo(namespace, "filled"))).toEqual(made);
  });

  it("generateName adds five characters", async () => {
    const { client, namespace } = server();
    const unnamed: UnknownObject = { ...configMap(namespace, ""), metadata: { namespace, generateName: "gen-" } };
    const made = await client.create(ConfigMap, unnamed);
    expect(made.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("a name that is taken is AlreadyExists", async () => {
    const { client, namespace } = server();
    await client.create(ConfigMap, configMap(namespace, "twice"));
    const error = await refused(client.create(ConfigMap, configMap(namespace, "twice")), 409, "AlreadyExists");
    expect(error.message).toBe('configmaps "twice" already exists');
  });

  it("what is not there is NotFound, and so is a namespace that is not there", async () => {
    const { client, namespace } = server();
    const error = await refused(client.get(refTo(namespace, "absent")), 404, "NotFound");
    expect(error.message).toBe('configmaps "absent" not found');
    expect(error.status.details).toMatchObject({ name: "absent", kind: "configmaps" });
    const missing = await refused(client.create(ConfigMap, configMap("no-such-namespace", "x")), 404, "NotFound");
    expect(missing.message).toBe('namespaces "no-such-namespace" not found');
  });

  it("an update of an old version is a Conflict, one that changes nothing keeps the version", async () => {
    const { client, namespace } = server();
    const first = await client.create(ConfigMap, configMap(namespace, "raced", { data: { a: "1" } }));
    const second = await client.update(ConfigMap, { ...first, data: { a: "2" } });
    const error = await refused(client.update(ConfigMap, { ...first, data: { a: "3" } }), 409, "Conflict");
    expect(error.message).toBe(
      'Operation cannot be fulfilled on configmaps "raced": the object has been modified; please apply your changes to the latest version and try again',
    );
    const same = await client.update(ConfigMap, second);
    expect(same.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  it("a dry run answers and stores nothing", async () => {
    const { client, namespace } = server();
    const made = await client.create(ConfigMap, configMap(namespace, "dry"), { dryRun: true });
    expect(made.metadata.uid).toBeDefined();
    await refused(client.get(refTo(namespace, "dry")), 404, "NotFound");
  });

  it("invalid names and missing fields are named", async () => {
    const { client, namespace } = server();
    const error = await refused(client.create(ConfigMap, configMap(namespace, "Not_A_Name")), 422, "Invalid");
    expect(error.message).toContain(
      'ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain',
    );
    const bare = await refused(client.create(Pod, pod(namespace, "bare", { containers: [] })), 422, "Invalid");
    expect(bare.message).toBe('Pod "bare" is invalid: spec.containers: Required value');
    expect(bare.status.details?.causes).toEqual([
      { reason: "FieldValueRequired", message: "Required value", field: "spec.containers" },
    ]);
  });

  it("a body of the wrong type or kind is a BadRequest", async () => {
    const { client, namespace } = server();
    await refused(client.create(Pod, pod(namespace, "typed", { containers: "none" })), 400, "BadRequest");
    await refused(client.create(Pod, configMap(namespace, "kind")), 400, "BadRequest");
  });

  it("unknown fields: refused, warned of, ignored", async () => {
    const { transport, namespace } = server();
    const body = (name: string) => ({ ...configMap(namespace, name), dat: {} });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const post = (name: string, fieldValidation: string) =>
      transport.request({ method: "POST", path, query: { fieldValidation }, body: body(name) });
    const strict = await post("strict", "Strict");
    expect(strict.status).toBe(400);
    expect((strict.body as { message: string }).message).toContain('strict decoding error: unknown field "dat"');
    expect((await post("warned", "Warn")).warnings).toEqual(['unknown field "dat"']);
    expect((await post("ignored", "Ignore")).warnings).toBeUndefined();
  });

  it("pods are defaulted, counted in generations, and mostly immutable", async () => {
    const { client, namespace } = server();
    const made = await client.create(Pod, pod(namespace, "fixed"));
    expect(made["spec"]).toMatchObject({
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      terminationGracePeriodSeconds: 30,
      serviceAccountName: "default",
    });
    expect(made["status"]).toMatchObject({ phase: "Pending", qosClass: "BestEffort" });
    expect(made.metadata.generation).toBe(1);
    const patch = { spec: { restartPolicy: "Never" } };
    const error = await refused(client.patch(podRef(namespace, "fixed"), patch, { type: "merge" }), 422, "Invalid");
    expect(error.message).toContain("spec: Forbidden: pod updates may not change fields other than");
  });

  it("status is written through its subresource only", async () => {
    const { client, namespace } = server();
    await client.create(Pod, pod(namespace, "status"));
    const ref = podRef(namespace, "status");
    const ignored = await client.patch(
      ref,
      { status: { phase: "Failed" }, metadata: { labels: { a: "b" } } },
      { type: "merge" },
    );
    expect(ignored["status"]).toMatchObject({ phase: "Pending" });
    const written = await client.patch(
      ref,
      { status: { phase: "Running" }, spec: { nodeName: "x" } },
      { type: "merge", subresource: "status" },
    );
    expect(written["status"]).toMatchObject({ phase: "Running" });
    expect((written["spec"] as { nodeName?: string }).nodeName).toBeUndefined();
    expect(written.metadata.generation).toBe(1);
  });

  it("services get an address that stays; None stays None", async () => {
    const { client, namespace } = server();
    const service = (name: string, spec: object) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { ports: [{ port: 80 }], ...spec },
    });
    const made = await client.create<UnknownObject>(Service, service("addressed", {}));
    const spec = made["spec"] as { clusterIP: string; ports: unknown };
    expect(spec.clusterIP).toMatch(/^10\./);
    expect(spec.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    const updated = await client.update<UnknownObject>(Service, service("addressed", { selector: { a: "b" } }));
    expect((updated["spec"] as { clusterIP: string }).clusterIP).toBe(spec.clusterIP);
    const headless = await client.create<UnknownObject>(Service, service("headless", { clusterIP: "None" }));
    expect(headless["spec"]).toMatchObject({ clusterIP: "None", clusterIPs: ["None"] });
  });

  it("secrets: stringData is encoded", async () => {
    const { client, namespace } = server();
    const made = await client.create<UnknownObject>(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace },
      stringData: { a: "b" },
    });
    expect(made["data"]).toEqual({ a: "Yg==" });
    expect(made["type"]).toBe("Opaque");
  });

  it("jobs select their own pods", async () => {
    const { client, namespace } = server();
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox:1" }] } };
    const made = await client.create<UnknownObject>(Job, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j", namespace },
      spec: { suspend: true, template },
    });
    const uid = made.metadata.uid;
    expect(made["spec"]).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
    });
    expect((made["spec"] as { template: { metadata: { labels: object } } }).template.metadata.labels).toMatchObject({
      "job-name": "j",
      "controller-uid": uid,
    });
  });
}
