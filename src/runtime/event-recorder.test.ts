import { describe, expect, test } from "vitest";
import { Pod } from "../api/core/kinds.ts";
import type { UnknownObject } from "../meta/object.ts";
import { createClient } from "../kube/create-client.ts";
import { failure } from "../kube/errors.ts";
import type { ApiRequest, ApiResponse } from "../kube/transport.ts";
import { makeObject } from "../testing/builders.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { EventRecorder } from "./event-recorder.ts";
import { silentLogger } from "./log.ts";
import type { EventRecord } from "./event-record.ts";

const root = makeObject(Pod, { name: "a", resourceVersion: "7" });
const created: EventRecord = { type: "Normal", reason: "Created", message: "made it", action: "Create" };

/** A recorder whose writes are recorded; `answer` may refuse some. */
function recorder(answer: (request: ApiRequest) => number = () => 200) {
  const clock = new FakeClock();
  const sent: ApiRequest[] = [];
  const client = createClient({
    async request(request): Promise<ApiResponse> {
      sent.push(request);
      const status = answer(request);
      return {
        status,
        contentType: "application/json",
        body: status === 200 ? request.body : failure(status, status === 404 ? "NotFound" : "Forbidden", "no"),
      };
    },
    async *watch() {},
    async *stream() {},
  });
  const events = new EventRecorder({
    client,
    clock,
    log: silentLogger,
    controller: "pod-controller",
    instance: "host",
    random: () => 0,
  });
  const record = async (event: EventRecord = created, about: UnknownObject = root) => {
    events.record(about, event);
    await events.flush();
  };
  return { clock, events, record, sent, methods: () => sent.map(({ method }) => method) };
}

describe("an event", () => {
  test("says who reports what about which object", async () => {
    const { record, sent } = recorder();
    await record();
    expect(sent[0]?.path).toBe("/apis/events.k8s.io/v1/namespaces/default/events");
    expect(sent[0]?.body).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: expect.stringMatching(/^a\.[0-9a-f]+$/), namespace: "default" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "pod-controller",
      reportingInstance: "host",
      action: "Create",
      reason: "Created",
      type: "Normal",
      note: "made it",
      regarding: { apiVersion: "v1", kind: "Pod", name: "a", namespace: "default", uid: "pod-a", resourceVersion: "7" },
    });
  });

  test.each([
    ["short", "x".repeat(1024), 1024],
    ["long", "x".repeat(2000), 1024],
    ["long, of wide characters", "é".repeat(2000), 1023],
  ])("note that is %s fits into 1024 bytes", async (_, message, bytes) => {
    const { record, sent } = recorder();
    await record({ ...created, message });
    expect(Buffer.byteLength(String((sent[0]?.body as { note?: string } | undefined)?.note))).toBe(bytes);
  });

  test("that repeats is one create, one patch, and then a count every half minute", async () => {
    const { record, sent, methods, clock, events } = recorder();
    await record();
    await record();
    for (let repeat = 0; repeat < 5; repeat++) events.record(root, created);
    await clock.advanceAsync(29_999);
    expect(methods()).toEqual(["POST", "PATCH"]);
    await clock.advanceAsync(1);
    expect(methods()).toEqual(["POST", "PATCH", "PATCH"]);
    expect(sent.at(-1)?.body).toMatchObject({ series: { count: 7 } });
  });

  test("is one request with all others of its reconcile that have its reason", async () => {
    const { events, record, sent, methods, clock } = recorder();
    const about = (message: string, reason = "Created") => ({ ...created, reason, message });
    events.record(root, about("made a"), about("made b"), about("made the Service", "CreatedService"), about("made b"));
    await events.flush();
    const bodies = sent.map(({ body }) => body as { readonly note: string; readonly series?: object });
    expect(bodies.map(({ note, series }) => [note, series])).toEqual([
      ["made a; made b", { count: 3, lastObservedTime: "2026-01-01T00:00:00.000000Z" }],
      ["made the Service", undefined],
    ]);
    clock.advance(30_000);
    await record(about("made a; made b"));
    expect(methods()).toEqual(["POST", "POST", "PATCH"]);
    expect(sent.at(-1)?.body).toMatchObject({ series: { count: 4 } });
  });

  test("of many sentences says how many more there are", async () => {
    const { events, sent } = recorder();
    const pods = Array.from({ length: 100 }, (_, index) => ({
      ...created,
      message: `Created worker Pod default/${index}`,
    }));
    events.record(root, ...pods);
    await events.flush();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body).toMatchObject({ series: { count: 100 } });
    const note = String((sent[0]?.body as { note?: string } | undefined)?.note);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    const named = note.split("; ").filter((sentence) => sentence.startsWith("Created")).length;
    expect(note).toMatch(new RegExp(`/${named - 1}; and ${100 - named} more$`));
    expect(named).toBeGreaterThan(30);
  });

  test("with another message, or after a long silence, is a new one", async () => {
    const { record, methods, clock } = recorder();
    await record();
    await record({ ...created, message: "made another" });
    clock.advance(6 * 60_000);
    await record();
    expect(methods()).toEqual(["POST", "POST", "POST"]);
  });

  test("that the server refused is tried as new the next time, and fails nobody", async () => {
    let refuse = true;
    const { record, methods } = recorder(() => (refuse ? 403 : 200));
    await record();
    refuse = false;
    await record();
    expect(methods()).toEqual(["POST", "POST"]);
  });

  test("that has expired on the server is made anew", async () => {
    const { record, methods } = recorder(({ method }) => (method === "PATCH" ? 404 : 200));
    await record();
    await record();
    expect(methods()).toEqual(["POST", "PATCH", "POST"]);
  });

  test("beyond a thousand waiting ones is dropped", async () => {
    const { events, sent } = recorder();
    for (let at = 0; at < 1100; at++) events.record(root, { ...created, message: `${at}` });
    await events.flush();
    expect(sent).toHaveLength(1000);
  });
});
