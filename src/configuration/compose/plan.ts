// What each guard of a gate would do, in a sentence, with the lines behind it: what `explain` shows. Made from the gate itself, when asked.
import type { Gate } from "../../core/gate.ts";
import type { Position } from "../../openapi/located.ts";
import type { Settings } from "../settings.ts";
import type { Credentials } from "./declared-fields.ts";
import type { Judgement, Place } from "./judgement.ts";
import type { GuardMode, OperationPolicy } from "./operation-policy.ts";
import { dpopModeOf } from "./scheme-kinds.ts";
import { amount, wordsForAlternatives, wordsForConcurrency, wordsForLimit, wordsForSize } from "./words.ts";

export interface PlannedGuard {
  readonly guard: string;
  readonly mode: GuardMode;
  readonly phase: "head" | "body" | "response";
  readonly summary: string;
  /** Lines of the document and the configuration that ask for it; none where it is a default. */
  readonly because: readonly Position[];
}

/** Fields whose credentials end at the gate, and the cookies of the sign-in pages. */
export interface PlannedWithholding {
  readonly fields: readonly string[];
  readonly because: readonly Position[];
}

/** Fields of credentials, among all that an operation withholds: the configuration drops them, or its `security` asks for none. */
export function withholdingOf(
  { declaredFields, withheldCookies }: Gate,
  { securityAt }: OperationPolicy,
  { dropped, carriers }: Credentials,
  judgement: Judgement,
): PlannedWithholding | undefined {
  const withheld = [...(declaredFields?.withheld ?? [])].filter((name) => dropped.has(name) || carriers.has(name));
  const cookies = withheldCookies === undefined ? [] : ["cookies of identity's pages"];
  if (withheld.length + cookies.length === 0) return undefined;
  const places: Place[] = [];
  if (withheld.some((name) => dropped.has(name)))
    places.push({ settings: ["authentication", "forward", "credentials"] });
  if (withheld.some((name) => !dropped.has(name))) places.push(securityAt);
  if (cookies.length > 0) places.push({ settings: ["identity"] });
  const because = places.filter((place) => isWritten(place, judgement)).map((place) => judgement.position(place));
  return { fields: [...withheld, ...cookies], because };
}

interface Told {
  readonly summary: string;
  readonly places: readonly Place[];
}

export function planOf(gate: Gate, policy: OperationPolicy | undefined, judgement: Judgement): readonly PlannedGuard[] {
  const planned = (phase: PlannedGuard["phase"]) => (guard: { name: string; mode: GuardMode }) => {
    const { summary, places } = tell(guard.name, policy, judgement);
    const because = places.filter((place) => isWritten(place, judgement)).map((place) => judgement.position(place));
    return { guard: guard.name, mode: guard.mode, phase, summary, because };
  };
  return [
    ...gate.head.map(planned("head")),
    ...gate.body.map(planned("body")),
    ...gate.response.map(planned("response")),
  ];
}

/** A setting that nobody wrote has no line: then it is a default. */
function isWritten(place: Place, judgement: Judgement): boolean {
  return "document" in place || judgement.loaded.isWritten(place.settings);
}

function tell(guard: string, policy: OperationPolicy | undefined, judgement: Judgement): Told {
  const { settings } = judgement;
  const [practice, what = ""] = guard.split(".");
  if (guard === "authentication.forward") return tellForward(settings);
  if (guard === "authentication.step-up")
    return tellSanctions("asks callers whom a detection names for a second factor");
  if (guard === "rate-limiting.address-sanctions")
    return tellSanctions("holds back addresses that are banned for a time");
  if (guard === "rate-limiting.caller-sanctions") return tellSanctions("holds back callers who are banned for a time");
  if (guard === "authentication.level") return tellLevel(policy);
  if (practice === "authentication") return tellAuthentication(policy, judgement);
  if (practice === "rate-limiting") return tellLimit(what, policy, settings);
  if (practice === "authorization") return tellAuthorization(what, policy);
  if (practice === "validation") return tellValidation(what, policy);
  if (what === "cors") return tellCors(policy, settings);
  return {
    summary: "takes out what tells about the API behind and adds the security fields",
    places: [{ settings: ["transport", "hsts"] }],
  };
}

function tellSanctions(summary: string): Told {
  return { summary, places: [{ settings: ["monitoring", "detections"] }] };
}

function tellCors(policy: OperationPolicy | undefined, settings: Settings): Told {
  const cors = policy === undefined ? settings.transport.cors : policy.cors;
  if (cors === undefined) {
    const summary = "lets no page of another origin read the answer, and drops what the API says of it";
    return { summary, places: policy?.corsOffAt === undefined ? [] : [{ settings: policy.corsOffAt }] };
  }
  const pages = cors.origins === "*" ? "every page" : `pages of ${cors.origins.join(", ")}`;
  const answers = policy === undefined ? "" : ", and answers their preflights";
  return { summary: `lets ${pages} read the answer${answers}`, places: [{ settings: cors.at }] };
}

function tellAuthentication(policy: OperationPolicy | undefined, judgement: Judgement): Told {
  if (policy === undefined) return { summary: "asks who is calling", places: [] };
  const schemes = new Set(policy.alternatives.flat().map(({ scheme }) => scheme));
  return {
    summary: `asks for ${wordsForAlternatives(policy.alternatives)}${wordsForProofs(policy, judgement)}`,
    places: [policy.securityAt, ...[...schemes].map((scheme) => ({ settings: ["authentication", scheme] }))],
  };
}

/** What is asked beyond the default: that a token which is bound to a key comes with its proof. */
function wordsForProofs({ alternatives }: OperationPolicy, { settings, api }: Judgement): string {
  const said = new Set<string>();
  const { schemes } = settings.authentication;
  for (const { scheme } of alternatives.flat()) {
    const entry = schemes.get(scheme) ?? schemes.get("*");
    if (entry?.kind !== "jwt") continue;
    const mode = dpopModeOf(entry.dpop, api.schemes.get(scheme));
    const nonce = entry.dpop.nonce ? " and a nonce of the gate" : "";
    if (mode === "require") said.add(`; only tokens bound to a key, with their DPoP proof${nonce}`);
    else if (mode === "off") said.add("; none that is bound to a key");
    else if (nonce !== "") said.add(`; bound tokens with their DPoP proof${nonce}`);
  }
  return [...said].join("");
}

function tellLevel(policy: OperationPolicy | undefined): Told {
  const { value = "", at = [] } = policy?.authenticationLevel ?? {};
  return {
    summary: `asks for a token whose \`acr\` is ${value}${value === "mfa" ? ", or whose `amr` says so" : ""}`,
    places: [{ settings: [...at, "authentication", "level"] }],
  };
}

function tellForward({ authentication }: Settings): Told {
  const { fields, jwt } = authentication.forward ?? {};
  const ways = [
    ...(fields === true ? ["in fields X-Portcullis-…"] : []),
    ...(jwt === undefined ? [] : [`in a token for ${jwt.audience}, in X-Portcullis-Token`]),
  ];
  return {
    summary: `tells the API who is calling, ${ways.join(" and ")}`,
    places: [{ settings: ["authentication", "forward"] }],
  };
}

function tellLimit(what: string, policy: OperationPolicy | undefined, settings: Settings): Told {
  const { rateLimiting } = settings;
  const ceiling = {
    "address-ceiling": rateLimiting.addressCeiling,
    "failed-authentication": rateLimiting.failedAuthentication,
  }[what];
  if (ceiling !== undefined) {
    const counted =
      what === "address-ceiling"
        ? "requests of an address, over all operations"
        : "failed authentications of an address";
    return {
      summary: `at most ${amount(ceiling.limit, ceiling.windowMs)}: ${counted}`,
      places: [{ settings: ceiling.at }],
    };
  }
  const concurrency = policy?.concurrency.find(({ limit: { name } }) => name === what)?.limit;
  if (concurrency !== undefined) {
    return { summary: `at most ${wordsForConcurrency(concurrency)}`, places: [{ settings: concurrency.at }] };
  }
  const all = policy?.limits.map(({ limit }) => limit) ?? rateLimiting.limits;
  const limit = all.find(({ name }) => name === what);
  if (limit === undefined)
    return { summary: "tells the client where its limits stand", places: [{ settings: ["rateLimiting"] }] };
  // Nobody is asked who they are where nothing is declared.
  const shown = policy === undefined ? { ...limit, key: ["address"] as const, fallback: undefined } : limit;
  return { summary: `at most ${wordsForLimit(shown)}`, places: [{ settings: limit.at }] };
}

function tellAuthorization(what: string, policy: OperationPolicy | undefined): Told {
  if (policy === undefined) return { summary: "asks what the caller may do", places: [] };
  if (what === "scopes")
    return {
      summary: `asks for the scopes of ${wordsForAlternatives(policy.alternatives)}`,
      places: [policy.securityAt],
    };
  const parts = [
    policy.roles === undefined ? [] : [`one of the roles ${policy.roles.join(", ")}`],
    policy.permissions === undefined ? [] : [`the permissions ${policy.permissions.join(", ")}`],
  ].flat();
  const at = policy.authorizationAt;
  return {
    summary: `asks for ${parts.join(" and ")}`,
    places: at === undefined ? [] : [{ settings: [...at, "authorization"] }],
  };
}

function tellValidation(what: string, policy: OperationPolicy | undefined): Told {
  if (what === "operation-undeclared")
    return { summary: "denies with 404: the document declares no such path", places: [] };
  if (what === "method-undeclared")
    return { summary: "denies with 405: the document declares the path without this method", places: [] };
  if (policy === undefined) return { summary: "notes which names it uses, for a proposal", places: [] };
  const { operation, validation, validationAt } = policy;
  const document: Place = { document: operation.at };
  const places = [document, ...validationAt.slice(0, 1).map((settings) => ({ settings }))];
  if (what.startsWith("response")) {
    const strips =
      validation.responses === "strip" || policy.wouldStrip ? "cuts what the document does not declare, and " : "";
    return {
      summary: `${strips}checks status, media type and body of answers (up to ${wordsForSize(validation.responseBytesMax)})`,
      places,
    };
  }
  if (what === "parameters") {
    const names = operation.parameters.map((parameter) => `${parameter.name} (${parameter.in})`);
    return {
      summary: names.length === 0 ? "notes parameters that the document does not list" : `checks ${names.join(", ")}`,
      places,
    };
  }
  if (what === "injection") return { summary: "looks for code in texts that the document leaves free", places };
  if (what === "media-type") {
    const types = operation.requestBody?.content.map((media) => media.name) ?? [];
    return { summary: `takes only ${types.join(", ")}`, places };
  }
  if (what === "sanitization")
    return { summary: "sanitizes the texts that the schema marks, before they are checked", places };
  if (what.includes("unexpected")) return { summary: "takes no body", places };
  if (what.includes("length")) return { summary: `takes at most ${wordsForSize(validation.bodyBytesMax)}`, places };
  return { summary: "checks the body against its schema", places };
}
