// Exchanges as authentication sees them.
import { Exchange } from "../../src/core/exchange.ts";
import { type FieldLines, Fields } from "../../src/http/fields.ts";

export function request(lines: FieldLines, target = "/orders"): Exchange {
  const question = target.indexOf("?");
  return new Exchange(
    "test",
    {
      method: "GET",
      target,
      path: question < 0 ? target : target.slice(0, question),
      query: question < 0 ? undefined : target.slice(question + 1),
      fields: new Fields(lines),
      protocol: "HTTP/1.1",
      secure: true,
      authority: "api.example.com",
      peerAddress: "192.0.2.1",
      clientAddress: "192.0.2.1",
      clientAddressFrom: "peer",
      hasBody: false,
      contentLength: undefined,
    },
    0,
    0,
  );
}

export function bearer(token: string): Exchange {
  return request(["Host", "api.example.com", "Authorization", `Bearer ${token}`]);
}
