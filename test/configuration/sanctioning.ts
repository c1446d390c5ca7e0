// Has a list of sanctions ban an address, as a rule does that responds with that.
import type { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import type { Detection, FieldName, ResponseMeasure } from "../../src/monitoring/index.ts";

const BAN: ResponseMeasure = { what: "ban", of: "address", forMs: 3_600_000 };

export function bannedBy(keeper: SanctionKeeper, address: string, isRepeated = false): void {
  const read = (name: FieldName) => (name === "client.address" ? address : undefined);
  keeper.respond({ rule: { name: "scanning" }, last: { read } } as unknown as Detection, [BAN], isRepeated);
}
