/** Rules about everything but the pod groups that a schema cannot say. Pure. */
import { checkVolumes } from "./volumes.ts";
import type { Operator } from "../model/schema.ts";
import type { Field } from "../read/field.ts";
import { parseTimeout, suggestTimeout } from "../model/timeout.ts";
import { at, type Report } from "./report.ts";

function checkTimeout(spec: Field, report: Report): void {
  const timeout = spec.get("timeout");
  if (timeout?.text === undefined) return;
  if (parseTimeout(timeout.text) === undefined) {
    const meant = suggestTimeout(timeout.text);
    report("MANIFEST_TIMEOUT", at(timeout), `${timeout.path}: "${timeout.text}" is not a duration`, {
      remedy: meant ? `write "${meant}"` : 'write "1d 6h", or "90m"',
    });
  }
  const deadline = spec.get("activeDeadlineSeconds");
  if (!deadline) return;
  const message = `${deadline.path} is ignored because timeout is set`;
  report("MANIFEST_TIMEOUT_TWICE", at(deadline), message, {
    severity: "warning",
    remedy: "remove activeDeadlineSeconds",
  });
}

function checkDebug(spec: Field, operator: Operator, report: Report): void {
  const jupyter = spec.get("debug", "jupyter");
  const vscode = spec.get("debug", "vscode");
  const isOn = (field: Field | undefined) => field?.value === true || field?.get("enabled")?.value === true;
  if (jupyter && isOn(jupyter) && operator !== "kuberay") {
    report("MANIFEST_DEBUG", at(jupyter), `${jupyter.path} requires the operator kuberay`, {
      remedy: "use debug.vscode instead",
    });
  }
  if (vscode && isOn(vscode) && operator === "kuberay") {
    report("MANIFEST_DEBUG", at(vscode), `${vscode.path} is not available with kuberay`, {
      remedy: "use debug.jupyter instead",
    });
  }
}

function checkImage(root: Field, report: Report): void {
  const built = root.get("builder", "image");
  const run = root.get("spec", "image");
  if (!built?.text || !run?.text || built.text === run.text) return;
  const message = `${run.path} is ${run.text}, but builder.image is ${built.text}`;
  report("MANIFEST_IMAGE", at(run), message, { severity: "warning", remedy: `use ${built.text} for both` });
}

function checkSkipBuild(root: Field, report: Report): void {
  const skip = root.get("builder", "skipBuild");
  if (skip?.get("enabled")?.value !== true || skip.get("experimentID")?.value) return;
  report(
    "MANIFEST_REQUIRED",
    at(skip),
    `${skip.path}.experimentID is missing: it names the experiment whose image to use`,
    {
      remedy: "add experimentID, or set enabled: false",
    },
  );
}

/** `operator`: the one that is meant; undefined where nobody knows. */
export function checkSpec(root: Field, operator: Operator | undefined, report: Report): void {
  const spec = root.get("spec");
  if (!spec) return;
  const command = spec.get("command");
  if (command?.text?.trim() === "")
    report("MANIFEST_COMMAND", at(command), `${command.path} is empty`, { remedy: "add the command to run" });
  checkTimeout(spec, report);
  if (operator) checkDebug(spec, operator, report);
  checkImage(root, report);
  checkSkipBuild(root, report);
  checkVolumes(spec, report);
}
