/** Opens a link in the user's browser, where there is a desktop to show it on. */
import type { Io } from "../program/io.ts";

/** Whether this terminal stands on a desktop: not on the far end of ssh, not in a pipe. */
export function hasDesktop({ env, isTTY }: Pick<Io, "env" | "isTTY">, platform: NodeJS.Platform): boolean {
  if (!isTTY || env["SSH_CONNECTION"] || env["CI"]) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"] || env["WSL_DISTRO_NAME"]);
}

/** A browser that does not start is no failure: the link is on the terminal. */
export async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import("open");
  const started = await open(url).catch(() => undefined);
  started?.on("error", () => {});
}
