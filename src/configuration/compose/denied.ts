// The deny list of a policy: what `authentication.denied` names, read with the policy and again at each reload.
import { type Denied, deniedName, type DenyList, MemoryDenyList } from "../../authentication/index.ts";
import { deniedFileSchema, type WrittenDenied } from "../schema/denied.ts";
import { readStrict } from "../strict-file.ts";
import type { Judgement } from "./judgement.ts";
import { readNamedFile } from "./named-file.ts";
import type { ComposePorts } from "./ports.ts";

/** Empty where nothing is named. A file that is missing or broken is noted, and stops the start: nothing revoked comes back by a slip. */
export async function readDenied(judgement: Judgement, ports: ComposePorts): Promise<DenyList> {
  const own = await readDeniedFile(judgement, ports);
  if (judgement.settings.identity === undefined) return own;
  const { revoked } = ports;
  return { denies: (token, nowMs) => own.denies(token, nowMs) || revoked.denies(token, nowMs) };
}

async function readDeniedFile(judgement: Judgement, { readText, clock }: ComposePorts): Promise<DenyList> {
  const list = new MemoryDenyList();
  const named = judgement.settings.authentication.denied;
  if (named === undefined) return list;
  const { file } = named;
  const settings = ["authentication", "denied"];
  const remedy = '`portcullis tokens deny` makes it; for none, write {"denied":[]} into it.';
  const text = await readNamedFile(judgement, settings, { file, readText, remedy });
  if (text === undefined) return list;
  const found = parseDeniedFile(text);
  if (typeof found === "string") {
    judgement.error("denied-invalid", { settings }, `${file}: ${found}`, "Let `portcullis tokens deny` write it.");
    return list;
  }
  const nowMs = clock.nowMs();
  for (const entry of found) {
    if (list.add(toDenied(entry), nowMs)) continue;
    const remedy = "Take out what has ended; where so many are stolen, change the issuer's keys.";
    judgement.error("denied-too-many", { settings }, `${file} holds more entries than the deny list takes`, remedy);
    break;
  }
  return list;
}

/** The entries of a file's text, or what is wrong with it. */
export function parseDeniedFile(text: string): readonly WrittenDenied[] | string {
  const judged = readStrict(text, deniedFileSchema);
  return typeof judged === "string" ? judged : judged.denied;
}

function toDenied(entry: WrittenDenied): Denied {
  const untilMs = entry.until === undefined ? undefined : Date.parse(entry.until);
  if ("digest" in entry) return { name: deniedName("digest", "", entry.digest), untilMs };
  if ("token" in entry) return { name: deniedName("token", entry.issuer, entry.token), untilMs };
  const beforeMs = entry.before === undefined ? undefined : Date.parse(entry.before);
  const name =
    "session" in entry
      ? deniedName("session", entry.issuer, entry.session)
      : deniedName("subject", entry.issuer, entry.subject);
  return { name, beforeMs, untilMs };
}
