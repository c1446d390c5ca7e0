// `portcullis detect sanctions|ban|lift`: who is held back for a time, by rules or by hand, and who lets them go.
import { userInfo } from "node:os";
import { sparedOf } from "../../configuration/compose/sanctioning.ts";
import { described } from "../../configuration/sanctions/sanction-events.ts";
import {
  hasEnded,
  isForgotten,
  moment,
  newSanctionId,
  SANCTION_FILE,
  SANCTION_MS_MAX,
} from "../../configuration/sanctions/sanction-file.ts";
import type { WrittenSanction } from "../../configuration/schema/sanctions.ts";
import type { Settings } from "../../configuration/settings.ts";
import { normalizeAddress } from "../../http/addresses.ts";
import { visible } from "../../monitoring/escaping.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import { loadConfiguration } from "../configuration-flags.ts";
import { editKept, readKept } from "../edited-file.ts";
import type { Io } from "../io.ts";
import { momentAhead } from "../moments.ts";
import { onlyIssuer } from "../only-issuer.ts";
import { table } from "../table.ts";

const WHY_CHARACTERS_MAX = 200;

export async function listSanctions(given: Given, io: Io): Promise<number> {
  const { file } = await opened(given, io);
  const list = await readKept(file, SANCTION_FILE).catch((error: unknown) => {
    // Nobody was held back yet.
    if (error instanceof UsageError && error.message.includes("no such file")) return [];
    throw error;
  });
  const nowMs = Date.now();
  const active = list.filter((one) => !hasEnded(one, nowMs) && one.lifted === undefined);
  if (given.has("json")) {
    io.stdout.write(`${JSON.stringify(active)}\n`);
    return EXIT_OK;
  }
  if (active.length === 0) {
    io.stdout.write("nobody is held back\n");
    return EXIT_OK;
  }
  const rows = active.map((one) => [one.id, described(one), one.until, one.by, one.why ?? ""]);
  io.stdout.write(table([["id", "what", "until", "by", "why"], ...rows], io));
  return EXIT_OK;
}

export async function ban(words: readonly string[], given: Given, io: Io): Promise<number> {
  const { file, settings } = await opened(given, io);
  const untilMs = momentAhead("--for", given.text("for") ?? "1h", Date.now()) as number;
  if (untilMs - Date.now() > SANCTION_MS_MAX) throw new UsageError("--for is longer than 30 days", "Such as 24h.");
  const written = {
    id: newSanctionId(),
    what: "ban",
    ...whom(words, given, settings),
    began: moment(Date.now()),
    until: moment(untilMs),
    by: `command ${userInfo().username}`,
    ...whyOf(given),
  } as WrittenSanction;
  const nowMs = Date.now();
  await editKept(file, SANCTION_FILE, (list) => [...list.filter((one) => !isForgotten(one, nowMs)), written], {
    make: true,
  });
  const text = given.has("json")
    ? JSON.stringify(written)
    : `${written.id}: ${visible(described(written))} until ${written.until}`;
  io.stdout.write(`${text}\n`);
  return EXIT_OK;
}

export async function lift([id, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (id === undefined || more.length > 0) {
    throw new UsageError("detect lift needs the id of a sanction", "`portcullis detect sanctions` lists them.");
  }
  const { file } = await opened(given, io);
  const nowMs = Date.now();
  let lifted: WrittenSanction | undefined;
  await editKept(file, SANCTION_FILE, (list) =>
    list.map((one) => {
      if (one.id !== id || one.lifted !== undefined || hasEnded(one, nowMs)) return one;
      lifted = {
        ...one,
        lifted: { at: moment(nowMs), by: `command ${userInfo().username}`, ...whyOf(given) },
      };
      return lifted;
    }),
  );
  if (lifted === undefined) {
    throw new UsageError(`no sanction ${id} holds`, "`portcullis detect sanctions` lists those that do.");
  }
  io.stdout.write(given.has("json") ? `${JSON.stringify(lifted)}\n` : `no longer: ${visible(described(lifted))}\n`);
  return EXIT_OK;
}

async function opened(given: Given, io: Io): Promise<{ file: string; settings: Settings }> {
  const { settings } = await loadConfiguration(given, io);
  const { sanctions } = settings.monitoring;
  if (sanctions !== undefined) return { file: sanctions.file, settings };
  throw new UsageError(
    "the configuration holds nobody back",
    "Set `sanctions: sanctions.json` under `monitoring.detections`, or let a rule respond; then restart the gateway.",
  );
}

function whom([named, ...more]: readonly string[], given: Given, settings: Settings) {
  const subject = given.text("subject");
  if (more.length > 0 || (named === undefined) === (subject === undefined)) {
    throw new UsageError("detect ban needs an address, or --subject", "portcullis detect ban 192.0.2.7 --for 1h");
  }
  if (subject !== undefined) return { issuer: given.text("iss") ?? onlyIssuer(settings), subject };
  const address = normalizeAddress(named as string);
  if (address === undefined) throw new UsageError(`${named} is no address`, "Such as 192.0.2.7 or 2001:db8::7.");
  if (sparedOf(settings).has(address)) {
    throw new UsageError(
      `${address} is never banned`,
      "It is one of transport.trustedProxies, or of monitoring.detections.neverBan.",
    );
  }
  return { address };
}

function whyOf(given: Given): { why?: string } {
  const why = given.text("why");
  return why === undefined ? {} : { why: why.slice(0, WHY_CHARACTERS_MAX) };
}
