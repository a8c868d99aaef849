/** The events of a watch, each told so much later, in their order. */
import type { WatchEvent } from "../../kube/transport.ts";
import { type Clock, pause } from "../../runtime/clock.ts";

export interface Lateness {
  readonly clock: Clock;
  readonly lateMs: number;
  readonly signal: AbortSignal;
}

export async function* lateEvents(
  events: AsyncIterable<WatchEvent>,
  { clock, lateMs, signal }: Lateness,
): AsyncIterable<WatchEvent> {
  const waiting: { readonly event?: WatchEvent; readonly error?: unknown; readonly at: number }[] = [];
  let wake = Promise.withResolvers<void>();
  const put = (what: { readonly event?: WatchEvent; readonly error?: unknown }) => {
    waiting.push({ ...what, at: clock.now().getTime() + lateMs });
    wake.resolve();
    wake = Promise.withResolvers();
  };
  void (async () => {
    try {
      for await (const event of events) put({ event });
      put({});
    } catch (error) {
      put({ error });
    }
  })();
  for (;;) {
    const next = waiting.shift();
    if (!next) {
      await wake.promise;
      continue;
    }
    await pause(clock, next.at - clock.now().getTime(), signal);
    if (next.error !== undefined) throw next.error;
    if (!next.event) return;
    yield next.event;
  }
}
