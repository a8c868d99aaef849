/** `-o json`: the one flag by which a command's answer becomes JSON; any other format is refused. */
import { Option } from "commander";

export const jsonOption = (description = "print JSON"): Option =>
  new Option("-o, --output <format>", description).choices(["json"]);
