/** The probe, and the faulty network plugin, for an architecture. */
import { goProgram, hostArchitecture } from "./go-program.ts";

export { hostArchitecture };

/** The bytes of the probe that runs in containers. */
export async function probeBinary(architecture?: string): Promise<Uint8Array> {
  return goProgram({ folder: "probe", shippedAs: "probe" }, architecture);
}

/** The bytes of the network plugin that fails on demand; it runs on this host. */
export async function cniFaultBinary(): Promise<Uint8Array> {
  return goProgram({ folder: "cni-fault", shippedAs: "cni-fault" });
}
