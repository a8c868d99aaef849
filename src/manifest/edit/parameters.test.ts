import { expect, test } from "vitest";
import { applyParameters, formatParameters, parameterEnv } from "./parameters.ts";

const manifest = (command: string) => `spec:\n  command: ${command}\n`;
const parameters = { lr: "1e-3", "model.size": "big one" };

test.each<[string, string, boolean, string]>([
  ["are appended as arguments, quoted", "python train.py", true, "python train.py --lr=1e-3 '--model.size=big one'"],
  [
    "take the places that the command has for them",
    "python train.py lr={lr}",
    true,
    "python train.py lr=1e-3 '--model.size=big one'",
  ],
  ["each of them, and nothing is appended then", "run {lr} {model.size} {lr}", true, "run 1e-3 'big one' 1e-3"],
  ["leave the shell's own variables alone", "echo ${lr} {other}", false, "echo ${lr} {other}"],
  ["are not appended when the environment is to pass them", "python train.py", false, "python train.py"],
])("parameters %s", (_, command, appends, wanted) => {
  expect(applyParameters(manifest(command), parameters, appends)).toBe(manifest(wanted));
});

test("each parameter is a variable as well", () => {
  expect(parameterEnv(parameters)).toEqual({ WINDLASS_PARAM_LR: "1e-3", WINDLASS_PARAM_MODEL_SIZE: "big one" });
});

test("parameters in a line", () => {
  expect(formatParameters(parameters)).toBe("lr=1e-3 'model.size=big one'");
});
