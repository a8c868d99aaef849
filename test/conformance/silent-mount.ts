/** A FUSE file system whose program never answers, for tests of what hangs with it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

const mounter = `import ctypes, os, sys
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"silent", sys.argv[1].encode(), b"fuse", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)
sys.stdin.read()
`;

/** Only root may mount for everybody. */
export const canMountSilently = process.getuid?.() === 0 && existsSync("/dev/fuse");

export interface SilentMount {
  /** Ends the program; the mount stays, and answers with an error. */
  end(): Promise<void>;
  unmount(): void;
}

export async function mountSilently(folder: string): Promise<SilentMount> {
  const program = spawn("python3", ["-c", mounter, folder], { stdio: ["pipe", "pipe", "inherit"] });
  await once(program.stdout, "data");
  return {
    async end() {
      program.stdin.end();
      await once(program, "exit");
    },
    unmount() {
      execFileSync("umount", ["-l", folder]);
      program.stdin.end();
    },
  };
}
