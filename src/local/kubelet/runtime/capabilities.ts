/** Linux capabilities of containers: those that Docker and containerd leave to root, but for making device files. Pure. */

interface SecurityContext {
  readonly privileged?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** In the order of their numbers. */
const names = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split(" ");

const usual =
  "CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT AUDIT_WRITE SETFCAP".split(
    " ",
  );

const plain = (name: string) => name.toUpperCase().replace(/^CAP_/, "");

/** Numbers of the capabilities that a container's processes may have. */
export function capabilitiesOf(context: SecurityContext = {}): readonly number[] {
  const add = (context.capabilities?.add ?? []).map(plain);
  const drop = (context.capabilities?.drop ?? []).map(plain);
  const isAll = context.privileged === true || add.includes("ALL");
  const base = isAll ? names : drop.includes("ALL") ? [] : usual;
  const wanted = new Set([...base.filter((name) => !drop.includes(name)), ...add]);
  return [...names.keys()].filter((number) => wanted.has(names[number] ?? ""));
}
