// Guards the line that shows how far a run of `portcullis test` is: on a terminal only, on one line of its window, gone at the end.
import { describe, expect, it } from "vitest";
import { testProgress } from "../../src/cli/test/progress.ts";

const ERASE = "\r\u001b[K";
const shown = (columns: number | undefined, what: string, isTTY = true): string[] => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), isTTY, ...(columns === undefined ? {} : { columns }) };
  const progress = testProgress(output);
  progress.show({ kind: "dynamic", done: 3, of: 200, what });
  progress.end();
  return written;
};
const LONG = "gate: who may use PUT /customers/{customerId}/orders/{orderId}/items/{itemId}/note and more";

describe("the progress of a test", () => {
  it.each([
    [40, 37],
    [120, 78],
    [undefined, 78],
    // A terminal whose size nobody set.
    [0, 78],
    [1, 0],
  ])("fits a window of %s columns", (columns, room) => {
    const [line = "", end] = shown(columns, LONG);
    expect(line).toBe(`${ERASE}${`dynamic 3 of 200: ${LONG}`.slice(0, room)}`);
    expect(end).toBe(ERASE);
  });

  it("counts what may take two columns as two", () => {
    const [line = ""] = shown(32, "図".repeat(20));
    expect(line).toBe(`${ERASE}dynamic 3 of 200: ${"図".repeat(5)}`);
  });

  it("writes nothing of a name that would move the cursor", () => {
    const [line = ""] = shown(80, "a\u001b[2Jb\r\nc\u009bd\u202ee");
    expect(line).toBe(`${ERASE}dynamic 3 of 200: a [2Jb c d e`);
  });

  it("says nothing in a pipe", () => {
    expect(shown(80, LONG, false)).toEqual([]);
  });
});
