/** Errors of option values that no other area owns. */
import { defineErrors, makersOf } from "./define.ts";

export const flagArea = defineErrors("Options", {
  BAD_FLAG: {
    when: "an option has an invalid value, or options exclude each other",
    message: (problem: string) => problem,
    exitStatus: 2,
  },
  BAD_DURATION: {
    when: "`--start-deadline` is not a duration",
    message: (text: string) => `--start-deadline ${text}: expected a duration such as 90s or "1h 30m"`,
    exitStatus: 2,
  },
  BAD_ENV: {
    when: "`--env` is not NAME=VALUE",
    message: (pair: string) => `--env ${pair}: expected NAME=VALUE`,
    exitStatus: 2,
  },
});

export const flagErrors = makersOf(flagArea);
