// A process for the test of kills: bans one address after the other, and says which the record heard of.
import { writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import { systemClock } from "../../src/core/clock.ts";
import { AddressSet } from "../../src/http/address-set.ts";
import { bannedBy } from "./sanctioning.ts";

const keeper = new SanctionKeeper({ file: process.argv[2] ?? "", clock: systemClock, spared: new AddressSet([]) });
await keeper.load();
keeper.connect(({ action, data }) => {
  if (action === "detection.sanction-began") writeSync(1, `${String(data?.["address"])}\n`);
});
for (let i = 0; i < 10_000; i += 1) {
  bannedBy(keeper, `10.${process.pid & 255}.${i >> 8}.${i & 255}`);
  // oxlint-disable-next-line no-await-in-loop -- one after the other, as alerts come
  await pause(i % 7);
}
