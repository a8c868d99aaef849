/** Keeps the pods' network as it was made: looks after every change, and now and then, mends, and says what it found. */
import type { Clock } from "../../../runtime/clock.ts";
import { errorText } from "../../../runtime/log.ts";
import type { NetworkPart } from "../runtime/helper.ts";
import type { Bridge } from "./bridge.ts";

/** Others change several things at one go, and so does the kubelet itself. */
const settleMs = 500;
/** For what tells nobody of its changes: a firewall without nftables. */
const everyMs = 60_000;
const all: ReadonlySet<NetworkPart> = new Set(["links", "firewall"]);

export interface NetworkReports {
  mended(what: readonly string[]): void;
  /** Undefined: it is whole. */
  broken(why: string | undefined): void;
}

/** Answers how to stop. */
export function watchNetwork(
  bridge: Pick<Bridge, "mend" | "onChange">,
  clock: Clock,
  { mended, broken }: NetworkReports,
): () => void {
  let isOver = false;
  let cancel = () => {};
  const changed = new Set<NetworkPart>();
  const look = async (parts: ReadonlySet<NetworkPart>) => {
    cancel();
    changed.clear();
    try {
      const found = await bridge.mend(parts);
      if (isOver) return;
      if (found.length > 0) mended(found);
      broken(undefined);
    } catch (error) {
      if (!isOver) broken(`cannot repair the pods' network: ${errorText(error)}`);
    }
    if (!isOver && changed.size === 0) cancel = clock.after(everyMs, () => void look(all));
  };
  bridge.onChange((what) => {
    const isSettling = changed.size > 0;
    changed.add(what);
    if (isOver || isSettling) return;
    cancel();
    cancel = clock.after(settleMs, () => void look(new Set(changed)));
  });
  cancel = clock.after(everyMs, () => void look(all));
  return () => {
    isOver = true;
    cancel();
  };
}
