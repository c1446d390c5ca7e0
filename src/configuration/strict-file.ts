// Reads a file of JSON that a command of ours writes: strictly, and by its schema.
import type { z } from "zod";
import { readJsonObject } from "../cryptography/json.ts";

/** The file, its list, an entry, a list in an entry. */
const DEPTH_MAX = 4;

/** What the text holds, or what is wrong with it. */
export function readStrict<T extends object>(text: string, schema: z.ZodType<T>): T | string {
  const object = readJsonObject(Buffer.from(text, "utf8"), DEPTH_MAX);
  if (object === undefined) return "this is not strict JSON with an object at its root";
  const judged = schema.safeParse(object);
  if (judged.success) return judged.data;
  const [issue] = judged.error.issues;
  return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not in its form"}`;
}
