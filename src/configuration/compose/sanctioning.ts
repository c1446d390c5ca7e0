// Opens the list of who is held back for a time, for a policy and those that take its place.
import { AddressSet } from "../../http/address-set.ts";
import { KeptFileError } from "../kept-file.ts";
import { SanctionKeeper } from "../sanctions/sanction-keeper.ts";
import type { Settings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import type { ComposePorts } from "./ports.ts";

/** Undefined where nobody is ever held back. A broken file stops the start. */
export async function openSanctions(judgement: Judgement, ports: ComposePorts): Promise<SanctionKeeper | undefined> {
  const { settings } = judgement;
  const { sanctions } = settings.monitoring;
  if (sanctions === undefined) return undefined;
  const { prefixes } = settings.rateLimiting;
  const spared = sparedOf(settings);
  const keeper = new SanctionKeeper({ file: sanctions.file, spared, prefixes, clock: ports.clock });
  try {
    await keeper.load();
  } catch (error) {
    if (!(error instanceof KeptFileError)) throw error;
    const place = { settings: ["monitoring", "detections", "sanctions"] };
    judgement.error("sanctions-invalid", place, error.message, error.remedy ?? "Mend it.");
  }
  return keeper;
}

/** Whoever speaks for others would be banned with all of them. What is no address is told where it is written. */
export function sparedOf({ transport, monitoring }: Settings): AddressSet {
  try {
    return new AddressSet([...transport.trustedProxies, ...(monitoring.sanctions?.neverBan ?? [])]);
  } catch {
    return new AddressSet([]);
  }
}
