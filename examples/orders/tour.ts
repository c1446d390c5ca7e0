// What `npm start` prints: where things are, and requests to copy, each below the answer that it gets.
import type { Tokens } from "./backend.ts";

type Paint = (text: string) => string;

export interface Places {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  readonly pageUrl: string;
  readonly issuer: string;
  readonly healthUrl: string;
  readonly authorityFile: string;
}

/** Answer and command on lines of their own: what is pasted must hold no comment, which zsh would take for arguments. */
export function tourLines(places: Places, tokens: Tokens, bold: Paint): string[] {
  const { gatewayUrl, apiUrl, pageUrl, issuer, healthUrl, authorityFile } = places;
  const curl = `curl -sS -i -w '\\n' --cacert "$CA"`;
  const rita = `-H "Authorization: Bearer $RITA"`;
  const json = "-H 'Content-Type: application/json'";
  const carl = `-H "Authorization: Bearer $CARL"`;
  const tries = [
    ["401  without a token", `${curl} ${gatewayUrl}/orders`],
    ["200  with Rita's", `${curl} ${rita} ${gatewayUrl}/orders`],
    ["403  Rita has too little scope", `${curl} ${rita} -X DELETE ${gatewayUrl}/orders/1`],
    ["403  Carl has the scope, not the role", `${curl} ${carl} -X POST ${gatewayUrl}/orders/1/refund`],
    [
      "400  quantity must be at least 1",
      `${curl} ${carl} ${json} -d '{"sku":"TEA-001","quantity":0}' ${gatewayUrl}/orders`,
    ],
    [
      "400  password must be at least 12 characters",
      `${curl} ${json} -d '{"email":"ann@example.com","password":"12345678901"}' ${issuer}/api/register`,
    ],
    [
      "429  the sixth in a minute: Too many requests, please try again later.",
      `for i in 1 2 3 4 5 6; do ${curl} ${rita} ${gatewayUrl}/reports/daily; done`,
    ],
    ["404  not in the document", `${curl} ${gatewayUrl}/admin`],
  ];
  return [
    `${bold(`Portcullis protects the orders API at ${gatewayUrl}`)} (behind it ${apiUrl}; health ${healthUrl})`,
    `${bold(`In a browser: ${pageUrl}`)} Sign up, confirm by the link that is printed here, allow, call.`,
    "The browser asks once whether to trust this machine's own certificate authority; docs/transport.md says how it need not.",
    "Or copy into another terminal. Rita: scope orders:read; Carl: also orders:write; both have the role customer.",
    `  export CA='${authorityFile.replaceAll("'", `'\\''`)}'`,
    `  export RITA=${tokens.rita}`,
    `  export CARL=${tokens.carl}`,
    ...tries.flatMap(([answer, command]) => [bold(answer as string), `  ${command}`]),
  ];
}
