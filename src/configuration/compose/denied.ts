// The deny list of a policy: what `authentication.denied` names, read with the policy and again at each reload.
import {
  type Denied,
  deniedName,
  type DenyList,
  MemoryDenyList,
  ReplaceableDenyList,
} from "../../authentication/index.ts";
import { deniedFileSchema, type WrittenDenied } from "../schema/denied.ts";
import { readStrict } from "../strict-file.ts";
import type { FollowedLists } from "./followed-lists.ts";
import type { Judgement } from "./judgement.ts";
import { readNamedFile } from "./named-file.ts";
import type { ComposePorts } from "./ports.ts";

/** Empty where nothing is named. A file that is missing or broken is noted, and stops the start: nothing revoked comes back by a slip. */
export async function readDenied(judgement: Judgement, ports: ComposePorts, lists: FollowedLists): Promise<DenyList> {
  const own = await readDeniedFile(judgement, ports, lists);
  const others = [
    ...(judgement.settings.identity === undefined ? [] : [ports.revoked]),
    ...(ports.sanctions === undefined ? [] : [ports.sanctions.denied]),
  ];
  if (others.length === 0) return own;
  const all = [own, ...others];
  return { denies: (token, nowMs) => all.some((list) => list.denies(token, nowMs)) };
}

async function readDeniedFile(judgement: Judgement, { clock }: ComposePorts, lists: FollowedLists): Promise<DenyList> {
  const list = new ReplaceableDenyList(new MemoryDenyList());
  const named = judgement.settings.authentication.denied;
  if (named === undefined) return list;
  const { file } = named;
  const settings = ["authentication", "denied"];
  const remedy = '`portcullis tokens deny` makes it; for none, write {"denied":[]} into it.';
  const text = await readNamedFile(judgement, settings, { file, readText: lists.reading, remedy });
  if (text === undefined) return list;
  const take = (now: string): Fault | undefined => {
    const found = denyListOf(now, clock.nowMs());
    if (!(found instanceof MemoryDenyList)) return found;
    list.replace(found);
    return undefined;
  };
  const fault = take(text);
  if (fault !== undefined) judgement.error(fault.rule, { settings }, `${file}: ${fault.what}`, fault.remedy);
  lists.follow(file, (now) => take(now)?.what);
  return list;
}

interface Fault {
  readonly rule: string;
  readonly what: string;
  readonly remedy: string;
}

function denyListOf(text: string, nowMs: number): MemoryDenyList | Fault {
  const found = parseDeniedFile(text);
  if (typeof found === "string") {
    return { rule: "denied-invalid", what: found, remedy: "Let `portcullis tokens deny` write it." };
  }
  const list = new MemoryDenyList();
  for (const entry of found) {
    if (list.add(toDenied(entry), nowMs)) continue;
    const remedy = "Take out what has ended; where so many are stolen, change the issuer's keys.";
    return { rule: "denied-too-many", what: "it holds more entries than the deny list takes", remedy };
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
