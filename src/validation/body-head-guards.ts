// Guards what the head says of a body, before a byte of it is read: unexpected, too long, missing, of a wrong type (I07, I08).
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { essenceOf } from "../http/media-type.ts";
import type { MediaTable } from "./body-media.ts";

type GuardMode = RequestGuard["mode"];

function headGuard(name: string, mode: GuardMode, check: (exchange: Exchange) => Outcome): RequestGuard {
  return Object.freeze({ practice: "validation", name: `validation.${name}`, mode, check } as const);
}

/** For operations that declare no body. */
export function bodyUnexpectedGuard(mode: GuardMode): RequestGuard {
  return headGuard("body-unexpected", mode, ({ request }) => {
    if (!request.hasBody) return CONTINUE;
    const media = essenceOf(request.fields.get("content-type"));
    return deny("validation.body-unexpected", { undeclared: { in: "body", media, names: [] } });
  });
}

/** Refuses by the declared length; whoever reads the body counts the bytes that really come. */
export function bodyLengthGuard(mode: GuardMode, bodyBytesMax: number): RequestGuard {
  return headGuard("body-length", mode, ({ request }) =>
    request.contentLength !== undefined && request.contentLength > bodyBytesMax
      ? deny("validation.body-too-large", { detail: `The limit is ${bodyBytesMax} bytes.` })
      : CONTINUE,
  );
}

/** One Content-Type, declared, in UTF-8, not encoded; and a body at all where one is required. */
export function mediaTypeGuard(mode: GuardMode, table: MediaTable, required: boolean): RequestGuard {
  const unsupported = deny("validation.media-type-unsupported", { lines: ["Accept", table.accept] });
  const encoded = deny("validation.content-encoding-unsupported", { lines: ["Accept-Encoding", "identity"] });
  const missing = deny("validation.body-missing");
  return headGuard("media-type", mode, ({ request }) => {
    if (!request.hasBody) return required ? missing : CONTINUE;
    const { fields } = request;
    const encodings = fields.count("content-encoding");
    if (encodings > 1 || (encodings === 1 && fields.get("content-encoding")?.trim().toLowerCase() !== "identity")) {
      return encoded;
    }
    if (table.declared.length === 0) return CONTINUE;
    if (fields.count("content-type") !== 1) return unsupported;
    const type = fields.get("content-type") as string;
    if (table.match(type) !== undefined) return CONTINUE;
    return { ...unsupported, undeclared: { in: "body", media: essenceOf(type), names: [] } };
  });
}
