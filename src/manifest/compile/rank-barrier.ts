/**
 * The barrier of distributed programs whose processes have ranks: an init container in which rank 0 waits for all others
 * to connect, and the others for its word. Who is missing is said from the first second on, and named in the termination
 * message when the deadline has passed: a process that never appears would else be a silent hang. Pure; it needs Python
 * in the image, and nothing of Windlass.
 */
import { containerNames } from "../../api/containers.ts";
import type { Container } from "../../api/core/pod.ts";
import { jobGlobalIndexLabel } from "../../api/jobset/labels.ts";
import { labelEnv } from "./env.ts";

/** Seconds: an image of 20 GB is pulled in that time, and a node added. */
export const defaultStartDeadlineSeconds = 900;

const script = `
import asyncio, contextlib, os, signal, sys, time

rank, size = int(os.environ["WAIT_RANK"]), int(os.environ["WAIT_SIZE"])
hosts, port = os.environ["WAIT_HOSTS"], int(os.environ["WAIT_PORT"])
deadline = int(os.environ["WAIT_SECONDS"])
# Rank 0 knows best who is missing: the others leave the last word to it.
patience = deadline if rank == 0 else deadline + 10
started, said = time.monotonic(), ("", 0)
arrived = {}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

def host(number):
    return hosts.replace("*", str(number))

def names(missing):
    shown = [f"rank {r} ({host(r)})" for r in missing[:10]]
    return ", ".join(shown + ([f"and {len(missing) - 10} more"] if len(missing) > 10 else []))

def say(text):
    global said
    if text != said[0] or time.monotonic() - said[1] >= 10:
        said = (text, time.monotonic())
        print(f"{time.monotonic() - started:.0f} s: {text}", flush=True)
        return True

def give_up(missing, text=None):
    text = text or f"{names(missing)} did not appear within {deadline} s: {len(missing)} of {size} ranks missing"
    print(text, flush=True)
    try:
        with open("/dev/termination-log", "w") as log:
            log.write(text)
    except OSError:
        pass
    os._exit(1)

async def arrival(reader, writer):
    number = None
    with contextlib.suppress(ValueError, OSError, asyncio.CancelledError):
        number, meant = (await reader.readline()).decode().split()
        number = int(number)
        # Where pods share a network, ranks of another program may have come to the wrong door.
        if meant == host(0):
            arrived[number] = writer
            await reader.read()
    if arrived.get(number) is writer:
        del arrived[number]
    writer.close()

async def listen():
    while True:
        try:
            return await asyncio.start_server(arrival, None, port)
        except OSError as error:
            text = f"rank 0 ({host(0)}) cannot listen on port {port}: {os.strerror(error.errno)}"
        if time.monotonic() - started > patience:
            give_up([], text)
        say(text)
        await asyncio.sleep(0.3)

async def lead():
    await listen()
    while True:
        missing = [r for r in range(1, size) if r not in arrived]
        if not missing:
            break
        if time.monotonic() - started > patience:
            give_up(missing)
        text = f"waiting for {len(missing)} of {size} ranks: {names(missing)}"
        if say(text):
            for writer in arrived.values():
                writer.write(f"{text}\\n".encode())
        await asyncio.sleep(0.1)
    for writer in arrived.values():
        writer.write(b"go\\n")
    await asyncio.gather(*(writer.drain() for writer in arrived.values()), return_exceptions=True)

async def follow_once():
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host(0), port), 5)
    writer.write(f"{rank} {host(0)}\\n".encode())
    while True:
        line = (await reader.readline()).decode().strip()
        if line == "go":
            return True
        if not line:
            return False
        say(line)

async def follow():
    while True:
        left = patience - (time.monotonic() - started)
        if left <= 0:
            give_up([0])
        try:
            if await asyncio.wait_for(follow_once(), left + 5):
                return
        except (OSError, asyncio.TimeoutError):
            pass
        say(f"waiting for {names([0])}")
        await asyncio.sleep(0.3)

asyncio.run(lead() if rank == 0 else follow())
print(f"{time.monotonic() - started:.0f} s: all {size} ranks are there", flush=True)
`;

/** Without Python there is no barrier, and the program starts as it would have. */
const shell =
  'command -v python3 >/dev/null || { echo "no python3 in this image: not waiting for the other ranks"; exit 0; }; exec python3 -c "$0"';

export interface BarrierInput {
  readonly image: string;
  /** Host name of a rank, `*` standing for its number. */
  readonly hosts: string;
  readonly size: number;
  /** Free while the barrier stands: the program's own port would do, but a program may not wait for it to be let go. */
  readonly port: number;
  readonly seconds: number;
}

export function waitForRanks({ image, hosts, size, port, seconds }: BarrierInput): Container {
  const resources = { cpu: "50m", memory: "64Mi" };
  return {
    name: containerNames.waitForRanks,
    image,
    command: ["/bin/sh", "-c", shell],
    args: [script],
    env: [
      labelEnv("WAIT_RANK", jobGlobalIndexLabel),
      { name: "WAIT_SIZE", value: String(size) },
      { name: "WAIT_HOSTS", value: hosts },
      { name: "WAIT_PORT", value: String(port) },
      { name: "WAIT_SECONDS", value: String(seconds) },
    ],
    resources: { requests: resources, limits: { memory: "256Mi" } },
  };
}
