/** Git facts of a folder, for the `VCS_*` variables. A folder without git has none; nothing here fails. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { VcsInfo } from "../../api/experiment/types.ts";

const run = promisify(execFile);

async function git(cwd: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", args, { cwd, timeout: 5000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Drops a password or token that a remote address may carry. */
function withoutCredentials(remote: string): string {
  return remote.replace(/^([a-z+]+:\/\/)[^@/]*@/, "$1");
}

function hostType(remote: string | undefined): string | undefined {
  return ["github", "gitlab", "bitbucket"].find((host) => remote?.includes(host));
}

export async function vcsInfo(directory: string): Promise<VcsInfo | undefined> {
  const sha = await git(directory, "rev-parse", "HEAD");
  if (!sha) return undefined;
  const [refName, remote, author] = await Promise.all([
    git(directory, "rev-parse", "--abbrev-ref", "HEAD"),
    git(directory, "config", "--get", "remote.origin.url"),
    git(directory, "log", "-1", "--format=%an%x00%ae%x00%B"),
  ]);
  const [authorName, authorEmail, commitMessage] = (author ?? "").split("\0");
  const facts: VcsInfo = {
    authorName,
    authorEmail,
    refName,
    repository: remote && withoutCredentials(remote),
    sha,
    commitMessage: commitMessage?.trim(),
    type: hostType(remote),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
}
