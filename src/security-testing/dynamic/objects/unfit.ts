// Values that an API may have to refuse: they name what is not there, or are more than there is.
import { isObject } from "../../../openapi/pointer.ts";
import type { Declared } from "./bodies.ts";
import { madeUpId } from "./made-up.ts";

/** What is more than there is, but not so much that making it would harm. */
const MANY = 10_000;

/** `sample` makes a text that fits the property's schema. */
export function unfitValues({ keywords }: Declared, random: () => number, sample: () => unknown): readonly unknown[] {
  if (keywords["readOnly"] === true || isObject(keywords["properties"])) return [];
  const { maximum, minimum } = keywords as { readonly maximum?: unknown; readonly minimum?: unknown };
  if (Array.isArray(keywords["enum"])) return ["no such thing"];
  const types = [keywords["type"]].flat();
  if (types.includes("integer") || types.includes("number")) {
    const many = typeof maximum === "number" && maximum <= MANY ? [maximum] : [];
    return [...many, typeof minimum === "number" ? minimum - 1 : -1];
  }
  const [example] = [keywords["example"], keywords["examples"]].flat().filter((value) => value !== undefined);
  // What is like something that exists fits, and names nothing.
  if (typeof example === "string") return [madeUpId(example, random)];
  const isName = keywords["pattern"] !== undefined || keywords["format"] === "uuid";
  const made = isName ? sample() : undefined;
  return made === undefined ? [] : [made];
}
