import { beforeAll, expect, test } from "vitest";
import { CustomResourceDefinition, Secret as SecretKind } from "../../api/core/kinds.ts";
import { crd } from "../../api/experiment/crd.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { createClient } from "../../kube/create-client.ts";
import { createApiServer } from "../../local/apiserver/server.ts";
import { memoryJournal, Store } from "../../local/store/index.ts";
import type { Target } from "../connect/target.ts";
import { createExperiment, secretsOf } from "./create-experiment.ts";

const client = createClient(createApiServer({ store: new Store(memoryJournal()) }).transport);
const target: Target = { client, namespace: "default", name: "test", close: async () => {} };
beforeAll(() => client.create(CustomResourceDefinition, crd as unknown as KubeObject));

const makeExperiment = (name: string, spec: Partial<Experiment["spec"]> = {}): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name, namespace: "default", labels: { team: "vision" } },
  spec: { manifest: "x", ...spec },
});
const secretNames = async () => (await client.list(SecretKind)).items.map(({ metadata }) => metadata.name);

test("without secrets there is no Secret, and nothing to hand on", async () => {
  const created = await createExperiment(target, makeExperiment("plain"), {});
  expect(created.spec.envFrom).toBeUndefined();
  expect(await secretNames()).not.toContain("plain-secrets");
  expect(await secretsOf(target, created)).toEqual({ secrets: {}, envFrom: [] });
});

test("the Secret is the experiment's, and can be handed on to another one", async () => {
  const shared = [{ secretRef: { name: "of-the-team" } }];
  const first = await createExperiment(target, makeExperiment("first", { envFrom: shared }), { TOKEN: "ä\nb" });
  expect(first.spec.envFrom).toEqual([...shared, { secretRef: { name: "first-secrets" } }]);
  const secret = await client.get({ kind: SecretKind, namespace: "default", name: "first-secrets" });
  expect(secret.metadata).toMatchObject({
    labels: { team: "vision", "windlass.dev/experiment": "first" },
    ownerReferences: [
      { apiVersion: "windlass.dev/v1alpha1", kind: "Experiment", name: "first", uid: first.metadata.uid },
    ],
  });
  const earlier = await secretsOf(target, first);
  expect(earlier).toEqual({ secrets: { TOKEN: "ä\nb" }, envFrom: shared });
  const again = await createExperiment(target, makeExperiment("again", { envFrom: earlier.envFrom }), earlier.secrets);
  expect(await secretsOf(target, again)).toEqual(earlier);
});

test("a Secret that is gone is told by name", async () => {
  const created = await createExperiment(target, makeExperiment("lost"), { TOKEN: "t" });
  await client.delete({ kind: SecretKind, namespace: "default", name: "lost-secrets" });
  await expect(secretsOf(target, created)).rejects.toMatchObject({
    code: "SECRET_GONE",
    message: "the Secret lost-secrets of lost no longer exists",
  });
});

test("an experiment that is refused leaves no Secret behind", async () => {
  const refused = createExperiment(target, makeExperiment("refused", { manifest: "" }), { TOKEN: "t" });
  await expect(refused).rejects.toThrow(/spec.manifest/);
  expect(await secretNames()).not.toContain("refused-secrets");
});
