/** TPU slices: `4x4` chips on machines of 4 chips each are 4 machines. Pure. */

/** Machines of a slice; undefined when the topology is none, or does not come out even. */
export function machinesOf(topology: string, chipsPerMachine: number): number | undefined {
  if (!/^\d+(x\d+){1,2}$/.test(topology) || chipsPerMachine < 1) return undefined;
  const chips = topology.split("x").reduce((product, side) => product * Number(side), 1);
  const machines = chips / chipsPerMachine;
  return Number.isInteger(machines) && machines > 0 ? machines : undefined;
}
