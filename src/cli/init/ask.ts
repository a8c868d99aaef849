/** The questions of `windlass init`, on a terminal; each has a flag and an answer that was found already. */
import { type Operator, operators } from "../../manifest/index.ts";
import { initErrors } from "../errors/init.ts";
import type { Choice, InitFlags } from "./choose.ts";

const hints: Readonly<Record<Operator, string>> = {
  kuberay: "Ray: a head, workers, and the command as a Ray job",
  pytorch: "ranks of torch.distributed",
  jax: "processes of jax.distributed",
  xgboost: "ranks with a tracker on the first",
  jobset: "plain pods, alone or as an array",
};

/** Ctrl-C is a symbol. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === "symbol") throw initErrors.INIT_ABANDONED();
  return answer as Exclude<T, symbol>;
}

/** Asks for what no flag says. Throws UserError on Ctrl-C. */
export async function ask(found: Choice, flags: InitFlags): Promise<InitFlags> {
  const { select, text } = await import("@clack/prompts");
  const options = operators.map((value) => ({ value, label: value, hint: hints[value] }));
  const operator =
    flags.operator ??
    answered(await select<Operator>({ message: "What runs it?", options, initialValue: found.operator }));
  const command =
    flags.command ??
    answered(
      await text({
        message: "Which command?",
        ...(found.command && { initialValue: found.command }),
        validate: (given) => (given?.trim() ? undefined : "enter a command, for example python3 main.py"),
      }),
    );
  const workers =
    flags.workers ??
    Number(
      answered(
        await text({
          message: "How many workers?",
          initialValue: String(found.workers),
          validate: (given) => (/^[1-9]\d{0,3}$/.test(given ?? "") ? undefined : "enter a number from 1 to 9999"),
        }),
      ),
    );
  return { ...flags, operator, command, workers };
}
