// What a record tells of a place that did not fit: names of the API as they are, and `*` for a name that is data.
import { ANY_NAME, isName } from "../core/names.ts";
import type { Violation } from "../core/outcome.ts";
import { pointerKeys } from "../openapi/pointer.ts";

/** Items of a list are told: nobody is found by a number that small. */
const INDEX = /^\d{1,3}$/;
const DIGITS = /^\d+$/;

/** The answer to the client keeps its own names; here they are judged as those of `undeclared` are. */
export function toldViolation(violation: Violation): Violation {
  const { in: place, at, message } = violation;
  const told: string[] = [];
  const data: string[] = [];
  let subject = "";
  for (const [index, part] of at.split("/").entries()) {
    const [key = part] = pointerKeys(`/${part}`);
    // Before the first `/` of a pointer is nothing; elsewhere there is the name of a parameter.
    const isTold = (part === "" && index === 0) || (index > 0 && INDEX.test(part)) || isName(key);
    told.push(isTold ? part : ANY_NAME);
    if (!isTold && key !== "") data.push(key);
    if (!DIGITS.test(key)) subject = key;
  }
  if (data.length === 0) return violation;
  return { in: place, at: told.join("/"), message: toldMessage(message, data, subject) };
}

/** A sentence begins with the name of what it is about. Where that was cut in another place than in `at`, nothing of it is told. */
function toldMessage(message: string, data: readonly string[], subject: string): string {
  if (data.includes(subject) && !message.startsWith(subject)) return `${ANY_NAME} does not fit`;
  let told = message;
  for (const name of data.toSorted((one, other) => other.length - one.length)) told = told.replaceAll(name, ANY_NAME);
  return told;
}
