// Guards what a record says of undeclared names: places and types as they are, and no secret in any of them.
import { expect, it } from "vitest";
import { exchangeOf } from "./exchanges.ts";
import { record } from "./record.ts";

const TOKEN = "q7Hj2LkP9sXv4Bn8Mw1Zc6Ty3Rd5Fg0EuIoAaSs";

it.each([
  ["application/problem+json", "application/problem+json"],
  ["application/vnd.shop.v2+json", "application/vnd.shop.v2+json"],
  ["text/csv", "text/csv"],
  ["application/4111111111111111", "*"],
  ["hunter2/json", "*"],
  ["application/json/hunter2", "*"],
])("the media type %s is told as %s", (media, told) => {
  const exchange = exchangeOf();
  exchange.note({ guard: "g", kind: "noticed", undeclared: { in: "body", media, names: [] } });
  expect(record(exchange).event.portcullis.notes?.[0]?.undeclared?.media).toBe(told);
});

it("undeclared names are in the note, masked like any other text of a client", () => {
  const exchange = exchangeOf();
  exchange.note({
    guard: "validation.body",
    kind: "noticed",
    undeclared: {
      in: "body",
      media: `application/${TOKEN}`,
      names: [
        { at: `/${TOKEN}`, type: "string" },
        { at: "/lines/*/nick", type: "string" },
      ],
    },
  });
  expect(record(exchange).event.portcullis.notes?.[0]?.undeclared).toEqual({
    in: "body",
    media: "application/[masked]",
    names: [
      { at: "/[masked]", type: "string" },
      { at: "/lines/*/nick", type: "string" },
    ],
  });
});
