// What refused or would have refused, for the record: reasons, places and sentences, never values.
import type { Exchange, Note } from "../core/exchange.ts";
import { ANY_NAME, isName } from "../core/names.ts";
import type { Denial, Violation } from "../core/outcome.ts";
import { quoted } from "./escaping.ts";
import type { Undeclared } from "../core/undeclared.ts";
import { masked, maskedSentence } from "./masking.ts";
import { toldViolation } from "./told-violation.ts";

const VIOLATIONS_MAX = 20;
const NOTES_MAX = 16;
const GRANTS_MAX = 64;
const USED_NAMES_MAX = 32;
const SENTENCE_CHARACTERS_MAX = 256;

/** `detail`, `internal` and `violations`, each with a comma after it. */
export function denialJson(denial: Denial): string {
  return (
    (denial.detail === undefined ? "" : `"detail":${sentence(denial.detail)},`) +
    (denial.internal === undefined ? "" : `"internal":${sentence(denial.internal)},`) +
    (denial.violations === undefined ? "" : `"violations":${violationsJson(denial.violations)},`)
  );
}

/** `notes` with a comma after it. */
export function notesJson(notes: readonly Note[]): string {
  return `"notes":[${notes.slice(0, NOTES_MAX).map(noteJson).join(",")}],`;
}

/** What the caller had, where authorization refused or would have: without it nobody can tell why. */
export function grantsJson(exchange: Exchange): string {
  if (!concernsGrants(exchange)) return "";
  const { scopes, roles } = exchange.principal;
  return `"authorization":{"scopes":${namesJson(scopes)},"roles":${namesJson(roles)}},`;
}

function concernsGrants(exchange: Exchange): boolean {
  if (exchange.denial?.reason.startsWith("authorization.")) return true;
  for (const note of exchange.notes) if (note.denial?.reason.startsWith("authorization.")) return true;
  return false;
}

function noteJson(note: Note): string {
  const denial = note.denial;
  const undeclared = note.undeclared ?? denial?.undeclared;
  return (
    `{"guard":${quoted(note.guard, 128)},"kind":${quoted(note.kind, 32)}` +
    (denial === undefined ? "" : `,"reason":${quoted(denial.reason, 128)}`) +
    (note.text === undefined ? "" : `,"text":${sentence(note.text)}`) +
    (denial?.internal === undefined ? "" : `,"internal":${sentence(denial.internal)}`) +
    (denial?.violations === undefined ? "" : `,"violations":${violationsJson(denial.violations)}`) +
    (undeclared === undefined ? "" : `,"undeclared":${undeclaredJson(undeclared)}`) +
    "}"
  );
}

/** Names and types. Others choose the names, that of the media type too: they are masked like any other text of theirs. */
function undeclaredJson({ in: where, media, names }: Undeclared): string {
  const parts = names
    .slice(0, USED_NAMES_MAX)
    .map(({ at, type }) => `{"at":${quoted(masked(at), 128)},"type":"${type}"}`);
  const type = media === undefined ? "" : `"media":${quoted(toldMedia(media), 128)},`;
  return `{"in":"${where}",${type}"names":[${parts.join(",")}]}`;
}

/** The registered top-level types (IANA): nobody declares another one. */
const MEDIA = /^(?:application|audio|example|font|haptics|image|message|model|multipart|text|video)\/[^/]+$/;

/** `application/problem+json` is a name as others are. */
function toldMedia(media: string): string {
  const shown = masked(media);
  return MEDIA.test(shown) && isName(shown.replaceAll("+", ".")) ? shown : ANY_NAME;
}

/** The client chooses names of unknown members and parameters: those that are data are not told, and the rest is masked like any other text of theirs. */
function violationsJson(violations: readonly Violation[]): string {
  const parts = violations
    .slice(0, VIOLATIONS_MAX)
    .map(toldViolation)
    .map(
      (violation) =>
        `{"in":${quoted(violation.in, 16)},"at":${quoted(masked(violation.at), 128)},"message":${sentence(violation.message)}}`,
    );
  return `[${parts.join(",")}]`;
}

function namesJson(names: Iterable<string>): string {
  const parts: string[] = [];
  for (const name of names) {
    if (parts.length === GRANTS_MAX) break;
    parts.push(quoted(masked(name), 128));
  }
  return `[${parts.join(",")}]`;
}

function sentence(text: string): string {
  return quoted(maskedSentence(text), SENTENCE_CHARACTERS_MAX);
}
