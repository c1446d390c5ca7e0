// Settings of validation that another setting makes idle: whoever wrote them believes that they hold.
import { describe, expect, it } from "vitest";
import { complaints, composed, OAUTH } from "./composing.ts";
import { withBody } from "./one-operation.ts";

const notices = async (text: string, more: Parameters<typeof composed>[1] = {}): Promise<string[]> => {
  const composition = await composed(text, more);
  await composition.close();
  return composition.notices.map(
    ({ severity, position, message, remedy }) => `${severity} ${position?.line}: ${message} | ${remedy}`,
  );
};

describe("what should be refused and is not stops the start", () => {
  it.each([
    ["in general", "validation: { requests: off, injection: enforce, unknownParameters: enforce }"],
    [
      "for an operation",
      "operations: { putOrder: { validation: { requests: off, injection: enforce, unknownParameters: enforce } } }",
    ],
    [
      "for operations that the general section switches off",
      "validation: { requests: off }\noperations: { orders: { validation: { injection: enforce, unknownParameters: enforce } } }",
    ],
  ])("%s", async (_where, text) => {
    const told = await complaints(OAUTH + text);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(
      /^error portcullis\.yaml:[45] validation\.injection has no effect: requests is off \| Set `requests: enforce` there \(or monitor\), or leave injection out\.$/,
    );
    expect(told[1]).toMatch(
      /^error portcullis\.yaml:[45] validation\.unknownParameters has no effect: requests is off \| Set `requests: enforce` there, or leave unknownParameters out\.$/,
    );
  });

  it("also while everything is observed", async () => {
    const told = await complaints(`${OAUTH}validation: { requests: off, injection: enforce }`, { observe: true });
    expect(told).toHaveLength(1);
  });
});

describe("what would only be noted is told", () => {
  it.each([
    ["injection: monitor, requests: off", "injection has no effect: requests is off"],
    ["unknownParameters: monitor, requests: off", "unknownParameters has no effect: requests is off"],
    [
      "requests: monitor, unknownParameters: enforce, injection: enforce",
      "unknownParameters refuses nothing, it is only noted: requests is monitor",
    ],
    ["bodyBytesMax: 2MiB, requests: off", "bodyBytesMax limits nothing: requests is off"],
    ["responseBytesMax: 2MiB, responses: off", "responseBytesMax has no effect: responses is off"],
  ])("%s", async (settings, message) => {
    const told = await notices(`${OAUTH}validation: { ${settings} }`);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`warning 4: validation.${message} | Set`);
  });
});

describe("nothing is told where the setting does something", () => {
  it.each([
    "validation: { requests: monitor, injection: enforce, unknownParameters: monitor }",
    "validation: { requests: off, injection: off }",
    "validation: { requests: off }",
    "validation: { injection: enforce, unknownParameters: enforce }\noperations: { orders: { validation: { requests: off } } }",
    "validation: { requests: off }\noperations: { orders: { validation: { requests: enforce, injection: enforce, unknownParameters: enforce } } }",
    "validation: { responses: off }\noperations: { putOrder: { validation: { responses: strip, responseBytesMax: 2MiB } } }",
  ])("%s", async (text) => {
    expect(await notices(OAUTH + text)).toEqual([]);
    expect(await notices(OAUTH + text, { observe: true })).toEqual([]);
  });
});

describe("texts that the document marks", () => {
  const document = withBody(
    "application/json",
    "{ properties: { a: { type: string, x-portcullis-sanitize: [trim] } } }",
  );

  it.each([
    ["off", "is not sanitized"],
    ["monitor", "is only noted, not sanitized"],
  ])("are not sanitized where requests is %s, and that is told", async (requests, does) => {
    expect(await notices(`validation: { requests: ${requests} }`, { document })).toEqual([
      `warning 11: what x-portcullis-sanitize marks ${does} in POST /a: validation.requests is ${requests} | Set \`requests: enforce\` for it when the records show nothing unexpected, or take the mark out.`,
    ]);
  });

  it("are where requests are enforced, and --observe is no setting", async () => {
    expect(await notices("", { document })).toEqual([]);
    expect(await notices("", { document, observe: true })).toEqual([]);
  });
});
