/** What the runtime promises every controller of failures, of the life of roots, of actions and of itself. */
import { describe, expect, test } from "vitest";
import { ConfigMap } from "../../src/api/core/kinds.ts";
import { isNotFound } from "../../src/kube/errors.ts";
import { answerTo, defineAction, perform } from "../../src/runtime/action.ts";
import type { Noun } from "../../src/runtime/noun.ts";
import { act, apply, create, release, remove, requeue } from "../../src/runtime/steps.ts";
import { TerminalError } from "../../src/runtime/terminal-error.ts";
import { eventually } from "../../src/testing/eventually.ts";
import {
  childOf,
  controller,
  isCreate,
  refusing,
  run,
  say,
  type Settings,
  type Spec,
  startRuntime,
} from "./runtime-bench.ts";

describe("failures", () => {
  const settings: Noun = { reason: "Settings", subject: "the settings" };
  const reporting = (): Spec =>
    controller(
      (root, world) => [
        create(ConfigMap, childOf(root, "a"), { as: settings }),
        say(world.map(({ metadata }) => metadata.name).join() || "fine"),
      ],
      {
        observe: (root, cache) =>
          cache
            .failures(root)
            .map(
              ({ reason }) => ({ apiVersion: "", kind: "", metadata: { name: reason }, root: root.kind }) as Settings,
            ),
      },
    );

  test("are in the status of the same reconcile, are retried, and leave the status when they are over", async () => {
    let refuse = true;
    const { status, user, counted } = await run(
      reporting(),
      refusing((request) => refuse && isCreate(request)),
    );
    await status("FailedCreateSettings");
    refuse = false;
    await status("fine");
    const statuses = counted.requests.filter(({ path }) => path.endsWith("/status")).map(({ body }) => body);
    expect(statuses).toMatchObject([{ status: { message: "FailedCreateSettings" } }, { status: { message: "fine" } }]);
    const events = await eventually(async () => {
      const { items } = await user.list(
        { group: "events.k8s.io", version: "v1", kind: "Event", resource: "events", namespaced: true },
        { namespace: "default" },
      );
      return items.some((event) => event["reason"] === "CreatedSettings") && items;
    }, "the event of the creation is there");
    const notes = events.map((event) => `${String(event["reason"])}: ${String(event["note"])}`);
    expect(new Set(notes)).toEqual(
      new Set([
        "FailedToCreateSettings: Failed to create the settings default/a: exceeded quota",
        "CreatedSettings: Created the settings default/a",
      ]),
    );
  });

  test("conflicts are none: the reconcile is made again, and the status says nothing before that", async () => {
    let conflicts = 2;
    const spec = reporting();
    const { status, children, counted } = await run(
      spec,
      refusing((request) => isCreate(request) && conflicts-- > 0, 409, "Conflict"),
    );
    await eventually(async () => (await children()).length === 1, "there is a child");
    await status("fine");
    const writes = counted.writes({ events: false }).map((write) => write.replace(/ .*\//, " "));
    expect(writes).toEqual(["POST configmaps", "POST configmaps", "POST configmaps", "PATCH status"]);
  });

  test("a plan that throws is tried again; one that throws a TerminalError is not", async () => {
    let passes = 0;
    const spec = controller(() => {
      passes++;
      if (passes === 1) throw new TypeError("a mistake");
      throw new TerminalError("hopeless");
    });
    const { quiet } = await run(spec);
    await eventually(() => passes === 2, "there were two passes");
    await quiet();
    expect(passes).toBe(2);
  });
});

describe("life and death of a root", () => {
  const finalizer = { name: "test.windlass/cleanup" };

  test("the finalizer comes before the first plan and goes when the plan lets it", async () => {
    const seen: string[] = [];
    const spec = controller(
      (root) => {
        seen.push(`plan ${String(root.metadata.finalizers)}`);
        return [apply(ConfigMap, childOf(root, "a")), say("up")];
      },
      {
        finalizer,
        planDeletion: (_, world) =>
          world.length === 0 ? [release] : [...world.map((child) => remove(ConfigMap, child)), requeue(5)],
      },
    );
    const { user, ref, status, children } = await run(spec);
    await status("up");
    await user.delete(ref);
    await eventually(() => user.get(ref).then(() => false, isNotFound), "the root is gone");
    expect([seen[0], await children()]).toEqual(["plan test.windlass/cleanup", []]);
  });

  test("without a planDeletion the finalizer goes at once", async () => {
    const { user, ref, status } = await run(controller(() => [say("up")], { finalizer }));
    await status("up");
    await user.delete(ref);
    expect(await eventually(() => user.get(ref).then(() => false, isNotFound), "the root is gone")).toBe(true);
  });

  test("a root of somebody else is left alone", async () => {
    const { counted, quiet } = await run(controller(() => [say("up")], { manages: () => false, finalizer }));
    await quiet();
    expect(counted.writes()).toEqual([]);
  });
});

describe("actions", () => {
  test("run after the status is written; their answer makes the next reconcile", async () => {
    const order: string[] = [];
    const ask = defineAction<{ readonly n: number }, string>({ name: "ask", does: "Asks." });
    const spec = controller((_, world) => [say(world[0]?.metadata.name ?? "asked"), act(ask, { n: 1 })], {
      observe: (root, cache) => {
        const outcome = answerTo(cache.answer(root, ask), { n: 1 })?.outcome;
        return outcome?.ok ? [childOf(root, outcome.value)] : [];
      },
      actions: [
        perform(ask, async ({ n }, { root }) => {
          order.push(`ask ${n}`, root.metadata.name ?? "");
          return "answered";
        }),
      ],
    });
    const { status, counted, quiet } = await run(spec);
    await status("answered");
    await quiet();
    expect(order).toEqual(["ask 1", "root"]);
    expect(counted.writes()).toHaveLength(2);
  });

  test("that nobody carries out are answered with an error", async () => {
    const ask = defineAction<{ readonly n: number }, string>({ name: "ask", does: "Asks." });
    const spec = controller((_, world) => [say(world[0]?.metadata.name ?? "asked"), act(ask, { n: 1 })], {
      observe: (root, cache) => {
        const outcome = cache.answer(root, ask)?.outcome;
        return outcome && !outcome.ok ? [childOf(root, outcome.error)] : [];
      },
    });
    const { status } = await run(spec);
    expect(await status("controller test cannot carry out action ask here")).toBeDefined();
  });
});

describe("a manager", () => {
  test("that cannot list a kind says which, and why", async () => {
    const wrap = refusing(({ method, path }) => method === "GET" && path.endsWith("/configmaps"));
    const { manager } = await startRuntime([controller(() => [])], { wrap, syncTimeoutMs: 100 });
    await expect(manager.start()).rejects.toThrow("caches did not sync within 0.1 s: ConfigMap (exceeded quota)");
    await manager.stop();
  });

  test("stops while passes fail, and makes none afterwards", async () => {
    const { manager, counted, quiet } = await run(controller((root) => [apply(ConfigMap, childOf(root, "A b"))]));
    await eventually(() => counted.writes().length > 2, "passes have failed");
    await manager.stop();
    const writes = counted.writes().length;
    await quiet();
    expect(counted.writes()).toHaveLength(writes);
  });

  test("refuses to read a kind that its controllers neither own nor watch", async () => {
    const read = Promise.withResolvers<unknown>();
    const spec = controller(() => [], {
      owns: [],
      observe: (_, cache) => {
        try {
          return cache.list(ConfigMap);
        } catch (error) {
          read.resolve(error);
          throw error;
        }
      },
    });
    await run(spec);
    expect(await read.promise).toEqual(
      new Error("ConfigMap is not cached: a controller must own or watch what it reads"),
    );
  });

  test("refuses a write that its controller does not declare, before anything is written", async () => {
    const spec = controller((root) => [apply(ConfigMap, childOf(root, "a")), say("made")], {
      owns: [{ kind: ConfigMap, writes: ["create"] }],
    });
    const { counted, quiet } = await run(spec);
    await quiet();
    expect(counted.writes()).toEqual([]);
  });
});
