// Properties that callers should not be able to set, and a value for each that would show if they could.
import { isObject, memberOf, pointerKeys } from "../../../openapi/pointer.ts";
import type { Declared, Keywords } from "./bodies.ts";

export interface Candidate {
  readonly at: string;
  readonly isReadOnly: boolean;
  /** Whether answers show it before it was sent. */
  readonly isShown: boolean;
  readonly before: unknown;
  readonly value: unknown;
}

/** Whom values are about, and which may be given. */
export interface Cast {
  /** Who the caller is, and another one of equal rights: what belongs to the one may be given to the other. */
  readonly own: string | undefined;
  readonly another: string | undefined;
  readonly roles: readonly string[];
  readonly random: () => number;
}

const ADMINISTRATOR = "administrator";

/** What gives power, money or another's things, where answers do not show it. */
const TELLING: Readonly<Record<string, unknown>> = {
  role: ADMINISTRATOR,
  roles: [ADMINISTRATOR],
  isAdmin: true,
  admin: true,
  permissions: ["*"],
  owner: undefined,
  ownerId: undefined,
  userId: undefined,
  tenant: undefined,
  tenantId: undefined,
  balance: 1_000_000,
  credit: 1_000_000,
  price: 0,
  verified: true,
  isVerified: true,
  emailVerified: true,
  approved: true,
  active: true,
};

/** Names of what only the server can know, and that gives nothing to who sets it. */
const HARMLESS =
  /^(?:_?id|uuid|href|self|url|links?|_links|etag|_?rev|version|kind|object|__v)$|(?:At|_at|Time|_time|Date|_date)$/;

const READ_ONLY_MAX = 8;
const SHOWN_MAX = 16;

/** Declared as read-only in the body, one level of objects deep. */
export function readOnlyCandidates(declared: readonly Declared[], shown: unknown, cast: Cast): readonly Candidate[] {
  return declared
    .filter(({ at, keywords }) => keywords["readOnly"] === true && !at.includes("*"))
    .slice(0, READ_ONLY_MAX)
    .flatMap(({ at, name, keywords }) => {
      const before = valueAt(shown, at);
      const value = anotherValue(name, before, keywords, cast);
      return value === undefined ? [] : [{ at, isReadOnly: true, isShown: before !== undefined, before, value }];
    });
}

/** What answers show of the object and its body does not declare, then what is often there and not shown. */
export function undeclaredCandidates(
  isDeclared: (name: string) => boolean,
  shown: unknown,
  ofAnswer: readonly Declared[],
  cast: Cast,
): readonly Candidate[] {
  const members = isObject(shown) ? shown : {};
  const keywords = new Map(ofAnswer.map(({ at, keywords }) => [at, keywords]));
  const names = new Set([...Object.keys(members), ...ofAnswer.filter(isTop).map(({ name }) => name)]);
  const known = [...names]
    .filter((name) => !isDeclared(name) && !HARMLESS.test(name))
    .slice(0, SHOWN_MAX)
    .flatMap((name): Candidate[] => {
      const before = memberOf(members, name);
      const value = anotherValue(name, before, keywords.get(`/${name}`) ?? {}, cast);
      if (value === undefined) return [];
      return [{ at: `/${name}`, isReadOnly: false, isShown: before !== undefined, before, value }];
    });
  const guessed = Object.keys(TELLING)
    .filter((name) => !isDeclared(name) && !names.has(name))
    .map((name): Candidate => {
      const value = TELLING[name] ?? cast.another ?? "another";
      return { at: `/${name}`, isReadOnly: false, isShown: false, before: undefined, value };
    });
  return [...known, ...guessed];
}

function isTop({ at }: Declared): boolean {
  return !at.slice(1).includes("/");
}

/** Of the same kind as `before`, and never equal to it. Undefined where none can be thought of. */
function anotherValue(name: string, before: unknown, keywords: Keywords, cast: Cast): unknown {
  const allowed = keywords["enum"];
  if (Array.isArray(allowed)) return allowed.find((value) => value !== before && value !== null);
  if (typeof before === "boolean") return !before;
  if (typeof before === "number") return before + 1000 + Math.floor(cast.random() * 1000);
  if (typeof before === "string") return anotherText(name, before, keywords, cast);
  if (Array.isArray(before))
    return before.every((item) => typeof item === "string") ? [...before, marker(cast)] : undefined;
  if (before !== undefined && before !== null) return undefined;
  return typed(name, keywords, cast);
}

function anotherText(name: string, before: string, keywords: Keywords, cast: Cast): string | undefined {
  if (before === cast.own && cast.another !== undefined) return cast.another;
  if (/role/i.test(name)) return cast.roles.findLast((role) => role !== before) ?? ADMINISTRATOR;
  if (Number.isNaN(Date.parse(before)) || !/^\d{4}-\d\d-\d\d/.test(before)) {
    if (/^[^@\s]+@[^@\s]+$/.test(before)) return `${marker(cast)}@example.com`;
    // A pattern is not read: what does not fit it would be refused for that.
    return keywords["pattern"] === undefined ? marker(cast) : undefined;
  }
  return before.replace(/^\d{4}/, "2001");
}

function typed(name: string, keywords: Keywords, cast: Cast): unknown {
  if (Object.hasOwn(TELLING, name)) return TELLING[name] ?? cast.another;
  const { type } = keywords as { readonly type?: unknown };
  const types = Array.isArray(type) ? type : [type];
  if (types.includes("boolean")) return true;
  if (types.includes("integer") || types.includes("number")) return 1000 + Math.floor(cast.random() * 1000);
  return types.includes("string") && keywords["format"] === undefined && keywords["pattern"] === undefined
    ? marker(cast)
    : undefined;
}

/** A text that nobody else writes. */
export function marker({ random }: Pick<Cast, "random">): string {
  return `set${Math.floor(random() * 2 ** 40).toString(36)}`;
}

/** The body with that value in its place; objects on the way are made. */
export function withValue(body: unknown, at: string, value: unknown): unknown {
  const [key, ...rest] = pointerKeys(at);
  if (key === undefined) return value;
  const members = isObject(body) ? body : {};
  const below = rest.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { ...members, [key]: withValue(memberOf(members, key), below, value) };
}

export function valueAt(value: unknown, at: string): unknown {
  return pointerKeys(at).reduce((value, key) => memberOf(value, key), value);
}

/** It was taken over: it is what was sent, and was not before. */
export function isTakenOver({ at, before, value }: Candidate, after: unknown): boolean {
  const now = JSON.stringify(valueAt(after, at));
  return now === JSON.stringify(value) && now !== JSON.stringify(before);
}
