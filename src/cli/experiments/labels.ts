/** Labels as the user writes them: `key=value` to set one, `key-` to remove it. Pure. */
import { ownLabelPrefix } from "../../api/experiment/labels.ts";
import { isLabelValue, isQualifiedName } from "../../machinery/names.ts";
import { selectionErrors } from "../errors/selection.ts";

/** A merge patch of labels: null removes one. */
export type LabelChanges = Readonly<Record<string, string | null>>;

function check(text: string, key: string, value: string): void {
  const [problem] = [...isQualifiedName(key), ...isLabelValue(value)];
  if (problem !== undefined) throw selectionErrors.LABEL_INVALID(text, problem);
  if (key.startsWith(ownLabelPrefix))
    throw selectionErrors.LABEL_INVALID(text, `labels with the prefix ${ownLabelPrefix} are reserved for Windlass`);
}

export function parseLabelChanges(texts: readonly string[]): LabelChanges {
  const changes = texts.map((text): readonly [string, string | null] => {
    const at = text.indexOf("=");
    if (at < 0 && !text.endsWith("-")) throw selectionErrors.LABEL_INVALID(text, "expected key=value or key-");
    const [key, value] = at < 0 ? [text.slice(0, -1), null] : [text.slice(0, at), text.slice(at + 1)];
    check(text, key, value ?? "");
    return [key, value];
  });
  return Object.fromEntries(changes);
}

/** Labels to begin with, as `run --label` takes them. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  const wrong = texts.find((text) => !text.includes("="));
  if (wrong !== undefined) throw selectionErrors.LABEL_INVALID(wrong, "expected key=value");
  return parseLabelChanges(texts) as Readonly<Record<string, string>>;
}
