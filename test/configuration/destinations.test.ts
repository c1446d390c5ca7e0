// Guards what every kind of destination has beside its own settings.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DESTINATION_FIELDS } from "../../src/configuration/schema/destination-fields.ts";

describe("the name of a destination", () => {
  const schema = z.strictObject(DESTINATION_FIELDS);

  it.each(["backup", "splunk-2", "a".repeat(32)])("%s is one", (name) => {
    expect(schema.safeParse({ name, level: "warn" }).success).toBe(true);
  });

  it.each(["", "-a", "A", "a/b", "..", "a b", "a".repeat(33)])("%j is none: it becomes the name of a file", (name) => {
    expect(schema.safeParse({ name }).success).toBe(false);
  });
});
